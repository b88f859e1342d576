import {
  type BinaryNode,
  getBinaryNodeChild,
  getBinaryNodeChildBuffer,
  S_WHATSAPP_NET,
  type WASocket,
} from "@whiskeysockets/baileys";
import * as z from "zod";
import { type PasskeyCredential, PasskeyOptions } from "../../../domain/session/passkey-assertion.ts";

/** WhatsApp did not take a step of a link by passkey; `statusCode` is its number, null where it did not answer. */
export class PasskeyStepRefused extends Error {
  override readonly name = "PasskeyStepRefused";
  readonly code = "passkey_step_refused";
  readonly statusCode: number | null;
  constructor(step: string, statusCode: number | null, options: { cause?: unknown } = {}) {
    super(`whatsapp did not take ${step}`, options);
    this.statusCode = statusCode;
  }
}

const Refusal = z.object({ data: z.int() });
const optionsMax = 4_096;

/** The queries of a link by passkey. Each throws PasskeyStepRefused, or what broke the connection. */
export class PasskeyQueries {
  readonly #sock: WASocket;

  constructor(sock: WASocket) {
    this.#sock = sock;
  }

  async options(): Promise<PasskeyOptions> {
    const options = optionsIn(await this.#ask("get", { tag: "passkey_request_options", attrs: {} }));
    if (options === undefined) throw new PasskeyStepRefused("passkey_request_options", null);
    return options;
  }

  async ref(): Promise<string> {
    const answer = await this.#ask("get", { tag: "ref", attrs: {} });
    const ref = getBinaryNodeChildBuffer(answer, "ref");
    if (ref === undefined) throw new PasskeyStepRefused("ref", null);
    return Buffer.from(ref).toString("utf8");
  }

  async prologue(credential: PasskeyCredential, payload: Uint8Array, proof: Uint8Array | undefined): Promise<void> {
    const part = (tag: string, content: Uint8Array) => ({ tag, attrs: {}, content });
    await this.#ask("set", {
      tag: "passkey_prologue",
      attrs: {},
      content: [
        part("credential_id", Buffer.from(credential.rawId, "base64url")),
        part("webauthn_assertion", Buffer.from(JSON.stringify(credential))),
        part("prologue_payload", payload),
        ...(proof === undefined ? [] : [part("pairing_handoff_proof", proof)]),
      ],
    });
  }

  async tell(tag: "companion_nonce" | "encrypted_pairing_request", content: Uint8Array): Promise<void> {
    await this.#ask("set", { tag, attrs: {}, content });
  }

  async #ask(type: "get" | "set", child: BinaryNode): Promise<BinaryNode> {
    const attrs = { to: S_WHATSAPP_NET, type, xmlns: "md", id: this.#sock.generateMessageTag() };
    const answer: unknown = await this.#sock.query({ tag: "iq", attrs, content: [child] }).catch((error: unknown) => {
      const refusal = Refusal.safeParse(error);
      throw refusal.success ? new PasskeyStepRefused(child.tag, refusal.data.data, { cause: error }) : error;
    });
    const stanza = Answer.safeParse(answer);
    if (!stanza.success) throw new PasskeyStepRefused(child.tag, null);
    return stanza.data;
  }
}

const Answer = z.custom<BinaryNode>(value => z.object({ tag: z.string() }).safeParse(value).success);

/** The challenge in a notification or an answer; undefined where there is none that can be read. */
export function optionsIn(stanza: BinaryNode): PasskeyOptions | undefined {
  const child = getBinaryNodeChild(stanza, "passkey_request_options");
  const { content } = child ?? {};
  if (!(content instanceof Uint8Array) || content.length > optionsMax) return undefined;
  try {
    return PasskeyOptions.safeParse(JSON.parse(Buffer.from(content).toString("utf8"))).data;
  } catch {
    // What is not JSON is no challenge: it is asked for anew.
    return undefined;
  }
}
