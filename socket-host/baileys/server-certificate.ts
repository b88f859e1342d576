import { Curve, proto, WA_CERT_DETAILS } from "@whiskeysockets/baileys";
import { systemNow } from "../../domain/clock.ts";

const { Details } = proto.CertChain.NoiseCertificate;

/** The server shows a certificate that is not its own, or not valid now. */
class ServerNotAuthentic extends Error {
  override readonly name = "ServerNotAuthentic";
  readonly code = "server_not_authentic";
}

/** A certificate of the handshake: what is signed, encoded. */
interface Certificates {
  readonly intermediate: Uint8Array;
  readonly leaf: Uint8Array;
  /** The server's static key, with which the handshake was made. */
  readonly staticKey: Uint8Array;
}

/**
 * What is wrong with certificates whose signatures are right; undefined where nothing is. Signatures alone do not
 * authenticate the server: every server sends its chain to anybody, who can show it again with another key. As whatsmeow
 * does (handshake.go, verifyServerCert), the leaf's key must be the one that the handshake was made with, the leaf must
 * name the intermediate as its issuer, and both must be valid now.
 */
export function certificateFault({ intermediate, leaf, staticKey }: Certificates, nowMs: number): string | undefined {
  const [issuer, own] = [Details.decode(intermediate), Details.decode(leaf)];
  if (own.issuerSerial !== issuer.serial) return "the leaf names another issuer";
  if (!own.key || !Buffer.from(own.key).equals(staticKey)) return "the leaf is of another key";
  for (const { notBefore, notAfter } of [issuer, own]) {
    const [fromMs, untilMs] = [msOf(notBefore), msOf(notAfter)];
    if (!(nowMs >= fromMs && nowMs <= untilMs)) return "a certificate is not valid now";
  }
  return undefined;
}

/** Seconds as the codec gives them, a number or a Long, which says them as text. */
function msOf(seconds: unknown): number {
  return seconds === null || seconds === undefined ? Number.NaN : Number(String(seconds)) * 1_000;
}

const plainSharedKey = Curve.sharedKey;

/**
 * Makes Baileys authenticate the server. 7.0.0-rc14 never compares the certificate's key with the handshake's
 * (lib/Utils/noise-handler.js), and looks at no dates. Its handshake, without a pause, makes a shared key of the server's
 * static key, then verifies the leaf, then the intermediate by the root; here the last of these looks back at the two
 * before. `verify` is what checks signatures. Calling it again changes nothing.
 */
export function installServerCheck(verify: typeof Curve.verify, now: () => number = systemNow): void {
  let staticKey: Uint8Array = new Uint8Array();
  let leaf: Uint8Array = new Uint8Array();
  Curve.sharedKey = (privateKey, publicKey) => {
    staticKey = publicKey;
    return plainSharedKey(privateKey, publicKey);
  };
  Curve.verify = (publicKey, message, signature) => {
    const isSigned = verify(publicKey, message, signature);
    if (publicKey !== WA_CERT_DETAILS.PUBLIC_KEY) leaf = message;
    else if (isSigned) requireAuthentic({ intermediate: message, leaf, staticKey }, now());
    return isSigned;
  };
}

function requireAuthentic(certificates: Certificates, nowMs: number): void {
  const fault = certificateFault(certificates, nowMs);
  if (fault !== undefined) throw new ServerNotAuthentic(`noise certificate not the server's: ${fault}`);
}
