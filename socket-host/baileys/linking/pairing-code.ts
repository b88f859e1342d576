import { randomBytes } from "node:crypto";
import {
  aesEncryptCTR,
  type BinaryNode,
  bytesToCrockford,
  derivePairingCodeKey,
  getBinaryNodeChild,
  getBinaryNodeChildBuffer,
  S_WHATSAPP_NET,
  type WASocket,
} from "@whiskeysockets/baileys";
import * as z from "zod";

/**
 * What a pairing request says of the client. WhatsApp takes `Browser (OS)` of a list that it knows and refuses anything
 * else with 400 (whatsmeow pair-code.go; measured with this library in Baileys#2769). The name in the phone's list of
 * devices is another one, of the registration.
 */
const platform = { id: "1", display: "Chrome (Windows)" } as const;

const saltBytes = 32;
const ivBytes = 16;

/** A pairing code as WhatsApp took it, and the ref by which the phone's answer names it. */
export interface TakenCode {
  readonly code: string;
  readonly ref: Buffer;
}

/** WhatsApp did not take a request for a pairing code. */
export class PairingCodeRefused extends Error {
  override readonly name = "PairingCodeRefused";
  readonly code = "pairing_code_refused";
  /** WhatsApp's number; null where it did not answer. */
  readonly statusCode: number | null;
  constructor(statusCode: number | null, options: { cause?: unknown } = {}) {
    super("whatsapp gave no pairing code", options);
    this.statusCode = statusCode;
  }
}

const Refusal = z.object({ data: z.int() });

/**
 * Asks WhatsApp to link by a code the phone with this number (digits alone), and waits for its answer: Baileys'
 * `requestPairingCode` does not wait, and shows codes that were refused (Baileys#2769). From now on the credentials name
 * the number, as Baileys needs to answer the phone. Throws PairingCodeRefused, or what broke the connection.
 */
export async function askForPairingCode(sock: WASocket, number: string): Promise<TakenCode> {
  const code = bytesToCrockford(randomBytes(5));
  const jid = `${number}@s.whatsapp.net`;
  const answer = await asked(sock, await companionHello(sock, jid, code));
  const registration = getBinaryNodeChild(answer, "link_code_companion_reg");
  const ref = registration && getBinaryNodeChildBuffer(registration, "link_code_pairing_ref");
  if (ref === undefined) throw new PairingCodeRefused(null);
  Object.assign(sock.authState.creds, { pairingCode: code, me: { id: jid, name: "~" } });
  return { code, ref: Buffer.from(ref) };
}

async function asked(sock: WASocket, hello: BinaryNode): Promise<BinaryNode> {
  const answer: unknown = await sock.query(hello).catch((error: unknown) => {
    const refusal = Refusal.safeParse(error);
    throw refusal.success ? new PairingCodeRefused(refusal.data.data, { cause: error }) : error;
  });
  // Baileys answers undefined where WhatsApp did not answer in time (lib/Socket/socket.js, waitForMessage).
  const stanza = Answer.safeParse(answer);
  if (!stanza.success) throw new PairingCodeRefused(null);
  return stanza.data;
}

const Answer = z.custom<BinaryNode>(value => z.object({ tag: z.string() }).safeParse(value).success);

async function companionHello(sock: WASocket, jid: string, code: string): Promise<BinaryNode> {
  const { noiseKey, pairingEphemeralKeyPair } = sock.authState.creds;
  const part = (tag: string, content: Uint8Array | string) => ({ tag, attrs: {}, content });
  return {
    tag: "iq",
    attrs: { to: S_WHATSAPP_NET, type: "set", xmlns: "md", id: sock.generateMessageTag() },
    content: [
      {
        tag: "link_code_companion_reg",
        attrs: { jid, stage: "companion_hello", should_show_push_notification: "true" },
        content: [
          part(
            "link_code_pairing_wrapped_companion_ephemeral_pub",
            await wrapped(pairingEphemeralKeyPair.public, code),
          ),
          part("companion_server_auth_key_pub", noiseKey.public),
          part("companion_platform_id", platform.id),
          part("companion_platform_display", platform.display),
          // WhatsApp Web and whatsmeow send a zero byte; Baileys the digit (whatsapp-rust#976).
          part("link_code_pairing_nonce", Buffer.alloc(1)),
        ],
      },
    ],
  };
}

/** The public key under the code: salt, IV and AES-CTR, which the code alone opens. */
async function wrapped(publicKey: Uint8Array, code: string): Promise<Buffer> {
  const salt = randomBytes(saltBytes);
  const iv = randomBytes(ivBytes);
  const key = await derivePairingCodeKey(code, salt);
  return Buffer.concat([salt, iv, aesEncryptCTR(publicKey, key, iv)]);
}
