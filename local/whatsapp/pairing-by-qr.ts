import { randomBytes, randomInt } from "node:crypto";
import { Curve, getBinaryNodeChild, hmacSign, proto, WA_ADV_ACCOUNT_SIG_PREFIX } from "@whiskeysockets/baileys";
import type { Connection } from "./connection.ts";
import { deviceJidIn } from "./device-address.ts";
import type { DeviceRegistration } from "./linked-devices.ts";
import type { Linking } from "./linking.ts";
import type { Phone } from "./phones.ts";
import { SERVER_JID, type Stanza, stanza, unixSeconds } from "./stanza.ts";
import type { World } from "./world.ts";

const REFS_PER_CONNECTION = 6;
const ANSWER_TIMEOUT_MS = 10_000;
/** How a pairing ends: the client starts over with the keys that it now has. */
const RESTART_REQUIRED = stanza("stream:error", { code: "515" });

export type ScanFailure = "malformed_qr" | "unknown_qr" | "client_did_not_answer";

/** Why a QR could not be used: it is none, nobody shows it any more, or its client did not take the phone's answer. */
export class ScanFailed extends Error {
  override readonly name = "ScanFailed";
  readonly code: ScanFailure;

  constructor(code: ScanFailure, message: string) {
    super(message);
    this.code = code;
  }
}

/** A client that shows QR codes, and what it waits for once a phone has scanned one. */
interface Candidate {
  readonly connection: Connection;
  readonly registration: DeviceRegistration;
  readonly refs: readonly string[];
  scanned: { readonly iqId: string; readonly settle: (accepted: boolean) => void } | undefined;
}

interface QrCode {
  readonly ref: string;
  readonly identityKey: Buffer;
  readonly advSecret: Buffer;
}

/**
 * Linking by QR, both the server's side and the phone's:
 *
 *     offered ──scan──▶ pair-success sent ──pair-device-sign──▶ linked, 515
 */
export class PairingByQr {
  readonly #world: World;
  readonly #linking: Linking;
  readonly #byRef = new Map<string, Candidate>();
  readonly #byConnection = new Map<Connection, Candidate>();

  constructor(world: World, linking: Linking) {
    this.#world = world;
    this.#linking = linking;
  }

  /** Gives an unregistered client the refs that it makes its QR codes of. */
  offer(connection: Connection, registration: DeviceRegistration): void {
    const refs = Array.from({ length: REFS_PER_CONNECTION }, () => `2@${randomBytes(32).toString("base64url")}`);
    const candidate: Candidate = { connection, registration, refs, scanned: undefined };
    this.#byConnection.set(connection, candidate);
    for (const ref of refs) this.#byRef.set(ref, candidate);
    const refNodes = refs.map(ref => stanza("ref", {}, Buffer.from(ref)));
    connection.send(serverIq(iqId(), [stanza("pair-device", {}, refNodes)], this.#world.now()));
  }

  /** The client's side of it: only its answer to pair-success matters. */
  received(connection: Connection, received: Stanza): void {
    const scanned = this.#byConnection.get(connection)?.scanned;
    const isAnswer = received.tag === "iq" && received.attrs.type === "result" && received.attrs.id === scanned?.iqId;
    if (isAnswer) scanned?.settle(getBinaryNodeChild(received, "pair-device-sign") !== undefined);
  }

  closed(connection: Connection): void {
    const candidate = this.#byConnection.get(connection);
    if (!candidate) return;
    this.#byConnection.delete(connection);
    for (const ref of candidate.refs) this.#byRef.delete(ref);
    candidate.scanned?.settle(false);
  }

  /** The person scans what the client shows; resolves with the new device's number once the client has accepted. */
  async scan(phone: Phone, qr: string): Promise<number> {
    const code = readQr(qr);
    const candidate = this.#byRef.get(code.ref);
    if (!candidate?.registration.identityKey.equals(code.identityKey)) {
      throw new ScanFailed("unknown_qr", "No client shows this QR code now.");
    }
    for (const ref of candidate.refs) this.#byRef.delete(ref);
    const device = this.#world.phones.takeDeviceNumber(phone.number);
    const identity = this.#signIdentity(phone, device, code);
    const accepted = await this.#pair(candidate, phone, device, identity);
    if (!accepted) throw new ScanFailed("client_did_not_answer", "The client did not complete the pairing.");
    this.#linking.link(phone, device, candidate.registration);
    candidate.connection.sendAndClose(RESTART_REQUIRED);
    return device;
  }

  #pair(candidate: Candidate, phone: Phone, device: number, identity: Uint8Array): Promise<boolean> {
    const id = iqId();
    return new Promise(resolve => {
      const timer = setTimeout(() => resolve(false), ANSWER_TIMEOUT_MS);
      const settle = (accepted: boolean) => {
        clearTimeout(timer);
        resolve(accepted);
      };
      candidate.scanned = { iqId: id, settle };
      const pairSuccess = stanza("pair-success", {}, [
        stanza("device-identity", {}, identity),
        stanza("device", { jid: deviceJidIn("pn", phone, device), lid: deviceJidIn("lid", phone, device) }),
        stanza("platform", { name: "android" }),
      ]);
      candidate.connection.send(serverIq(id, [pairSuccess], this.#world.now()));
    });
  }

  /** The phone vouches for the companion's identity key, under the secret that the QR carried. */
  #signIdentity(phone: Phone, device: number, { identityKey, advSecret }: QrCode): Uint8Array {
    const { signedIdentityKey } = this.#world.phones.credentials(phone.number);
    const details = proto.ADVDeviceIdentity.encode({
      rawId: randomInt(1, 2 ** 31),
      timestamp: Number(unixSeconds(this.#world.now())),
      keyIndex: device,
      accountType: proto.ADVEncryptionType.E2EE,
      deviceType: proto.ADVEncryptionType.E2EE,
    }).finish();
    const signed = Buffer.concat([WA_ADV_ACCOUNT_SIG_PREFIX, details, identityKey]);
    const accountSignature = Curve.sign(signedIdentityKey.private, signed);
    const identity = proto.ADVSignedDeviceIdentity.encode({
      details,
      accountSignatureKey: signedIdentityKey.public,
      accountSignature,
    }).finish();
    return proto.ADVSignedDeviceIdentityHMAC.encode({
      details: identity,
      hmac: hmacSign(identity, advSecret),
    }).finish();
  }
}

function serverIq(id: string, content: Stanza[], nowMs: number): Stanza {
  return stanza("iq", { from: SERVER_JID, type: "set", id, xmlns: "md", t: unixSeconds(nowMs) }, content);
}

function iqId(): string {
  return randomBytes(8).toString("hex");
}

/** `https://wa.me/settings/linked_devices#REF,noise key,identity key,adv secret,platform`, keys in base64. */
function readQr(qr: string): QrCode {
  const [ref, noiseKey, identityKey, advSecret] = (qr.split("#").at(-1) ?? "").split(",");
  if (!ref || !noiseKey || !identityKey || !advSecret) {
    throw new ScanFailed("malformed_qr", "This is not a QR code that links a device.");
  }
  return { ref, identityKey: Buffer.from(identityKey, "base64"), advSecret: Buffer.from(advSecret, "base64") };
}
