import { randomBytes } from "node:crypto";
import { getBinaryNodeChildBuffer } from "@whiskeysockets/baileys";
import * as z from "zod";
import type { Connection } from "./connection.ts";
import { type Candidate, iqId, type PairSuccess } from "./pair-success.ts";
import { PasskeyAuthenticators } from "./passkey-authenticator.ts";
import { type Committed, PasskeyStepWrong, PhoneExchange } from "./passkey-exchange.ts";
import type { Phone } from "./phones.ts";
import { bytesOf, firstChild, SERVER_JID, type Stanza, stanza, unixSeconds } from "./stanza.ts";
import type { World } from "./world.ts";

/** How a link by passkey goes, where a test wants it otherwise than plain. */
export const PasskeySettings = z.strictObject({
  /** The challenge comes in the notification; else the client must ask for it. */
  optionsInNotification: z.boolean().default(true),
  /** The notification comes twice, as where its acknowledgement was lost. */
  repeats: z.boolean().default(false),
  /** So many prologues are refused, whatever they say. */
  refuses: z.number().int().min(0).max(100).default(0),
  /** The phone never answers the assertion. */
  silent: z.boolean().default(false),
  /** How long a challenge lives, in milliseconds. */
  timeoutMs: z.number().int().min(1).max(600_000).default(600_000),
});
type PasskeySettings = z.output<typeof PasskeySettings>;

const PLAIN = PasskeySettings.parse({});
const Row = z.object({ settings: z.string() });

interface Ceremony {
  readonly candidate: Candidate;
  readonly phone: Phone;
  /** The secret that the phone took from the QR or the code. */
  readonly secret: Buffer;
  readonly exchange: PhoneExchange;
  readonly unacknowledged: Set<string>;
  challenge: { readonly text: string; readonly untilMs: number } | undefined;
  ref: string;
  committed: Committed | undefined;
  isProven: boolean;
}

/** What a test sees of the last link by passkey of a phone. */
interface PasskeyRecord {
  stage: "asked" | "accepted" | "compared" | "linked";
  code: string | null;
  proven: boolean;
  /** Why steps of the client were refused. */
  refused: string[];
}

/**
 * Linking by passkey, the server's side and the phone's (see passkey.md in docs). The order of the steps and the shape of
 * each were measured by people who linked accounts with them (Baileys#2689, GOWA#745) and are read in WhatsApp Web. That a
 * refused step is an iq error 400, and that a proof lets the phone show no code, are guesses.
 */
export class PasskeyLinking {
  readonly authenticators: PasskeyAuthenticators;
  readonly #world: World;
  readonly #pairSuccess: PairSuccess;
  readonly #records = new Map<string, PasskeyRecord>();
  readonly #ceremonies = new Map<Connection, Ceremony>();

  constructor(world: World, pairSuccess: PairSuccess) {
    this.#world = world;
    this.#pairSuccess = pairSuccess;
    this.authenticators = new PasskeyAuthenticators(world.database);
  }

  /** Has links of this phone ask for a passkey from now on; undefined: no more. */
  require(number: string, settings: PasskeySettings | undefined): void {
    const { database } = this.#world;
    if (settings === undefined) database.prepare("DELETE FROM passkey_settings WHERE number = ?").run(number);
    else {
      database
        .prepare("INSERT OR REPLACE INTO passkey_settings (number, settings) VALUES (?, ?)")
        .run(number, JSON.stringify(settings));
    }
  }

  #settingsOf(number: string): PasskeySettings | undefined {
    const row = this.#world.database.prepare("SELECT settings FROM passkey_settings WHERE number = ?").get(number);
    return row && PasskeySettings.parse(JSON.parse(Row.parse(row).settings));
  }

  recordOf(number: string): PasskeyRecord | undefined {
    return this.#records.get(number);
  }

  /** Asks for a passkey where this phone's account has one. Answers whether it did: then the link goes on later. */
  begin(candidate: Candidate, phone: Phone, secret: Buffer): boolean {
    const settings = this.#settingsOf(phone.number);
    if (settings === undefined && !this.#world.faults.takePasskey(phone.number)) return false;
    const ceremony: Ceremony = {
      ...{ candidate, phone, secret },
      exchange: new PhoneExchange(),
      unacknowledged: new Set(),
      challenge: undefined,
      ref: "",
      committed: undefined,
      isProven: false,
    };
    this.#ceremonies.set(candidate.connection, ceremony);
    this.#records.set(phone.number, { stage: "asked", code: null, proven: false, refused: [] });
    const { optionsInNotification, repeats } = settings ?? PLAIN;
    const options = optionsInNotification ? [this.#options(ceremony)] : [];
    this.#notify(ceremony, "passkey_prologue_request", options);
    if (repeats) this.#notify(ceremony, "passkey_prologue_request", options);
    return true;
  }

  received(connection: Connection, received: Stanza): void {
    const ceremony = this.#ceremonies.get(connection);
    if (ceremony === undefined) return;
    if (received.tag === "ack" && received.attrs.class === "notification") {
      ceremony.unacknowledged.delete(received.attrs.id ?? "");
    }
    const step = firstChild(received);
    if (received.tag !== "iq" || received.attrs.xmlns !== "md" || step === undefined) return;
    this.#answer(ceremony, received, step);
  }

  closed(connection: Connection): void {
    this.#ceremonies.delete(connection);
  }

  #answer(ceremony: Ceremony, iq: Stanza, step: Stanza): void {
    const attributes = { id: iq.attrs.id, from: SERVER_JID };
    const { connection } = ceremony.candidate;
    try {
      const { content, afterwards } = this.#step(ceremony, step);
      connection.send(stanza("iq", { ...attributes, type: "result" }, content));
      afterwards?.();
    } catch (error) {
      if (!(error instanceof PasskeyStepWrong)) throw error;
      this.#record(ceremony).refused.push(error.message);
      const refusal = stanza("error", { code: "400", text: "bad-request" });
      connection.send(stanza("iq", { ...attributes, type: "error" }, [refusal]));
    }
  }

  #step(ceremony: Ceremony, step: Stanza): { content?: Stanza[]; afterwards?: () => void } {
    switch (step.tag) {
      case "passkey_request_options":
        return { content: [this.#options(ceremony)] };
      case "ref":
        ceremony.ref = `2@${randomBytes(24).toString("base64url")}`;
        return { content: [stanza("ref", {}, Buffer.from(ceremony.ref))] };
      case "passkey_prologue":
        return this.#prologue(ceremony, step);
      case "companion_nonce":
        return this.#nonce(ceremony, contentOf(step));
      case "encrypted_pairing_request":
        return this.#pairingRequest(ceremony, contentOf(step));
      default:
        throw new PasskeyStepWrong(`<${step.tag}> is no step of a link by passkey`);
    }
  }

  #prologue(ceremony: Ceremony, step: Stanza) {
    const { phone, challenge, ref, secret } = ceremony;
    const settings = this.#settingsOf(phone.number) ?? PLAIN;
    ceremony.challenge = undefined;
    if (ceremony.unacknowledged.size > 0) throw new PasskeyStepWrong("a notification was not acknowledged");
    if (settings.refuses > 0) {
      this.require(phone.number, { ...settings, refuses: settings.refuses - 1 });
      throw new PasskeyStepWrong("refused, as was asked for");
    }
    if (challenge === undefined || challenge.untilMs < this.#world.now()) {
      throw new PasskeyStepWrong("no challenge waits for an answer");
    }
    const assertion: unknown = JSON.parse(bytesOf(step, "webauthn_assertion").toString("utf8"));
    const credentialId = bytesOf(step, "credential_id");
    const fault = this.authenticators.faultOf(phone.number, credentialId, assertion, challenge.text);
    if (fault !== undefined) throw new PasskeyStepWrong(fault);
    const sent = getBinaryNodeChildBuffer(step, "pairing_handoff_proof");
    const proof = sent && Buffer.from(sent);
    const payload = bytesOf(step, "prologue_payload");
    ceremony.committed = ceremony.exchange.readPrologue(payload, { ref, secret, proof });
    ceremony.isProven = proof !== undefined;
    Object.assign(this.#record(ceremony), { stage: "accepted", proven: ceremony.isProven });
    const continued = () => {
      const identity = stanza("primary_ephemeral_identity", {}, ceremony.exchange.identity());
      this.#notify(ceremony, "crsc_continuation", [identity]);
    };
    return settings.silent ? {} : { afterwards: continued };
  }

  #nonce(ceremony: Ceremony, nonce: Buffer) {
    const { committed, exchange } = ceremony;
    if (committed === undefined) throw new PasskeyStepWrong("a nonce without a prologue");
    Object.assign(this.#record(ceremony), { stage: "compared", code: exchange.codeOf(committed, nonce) });
    return {};
  }

  #pairingRequest(ceremony: Ceremony, sealed: Buffer) {
    const { committed, exchange, candidate, phone, ref } = ceremony;
    const record = this.#record(ceremony);
    if (committed === undefined || record.stage !== "compared") throw new PasskeyStepWrong("a request without a nonce");
    const secret = exchange.openRequest(sealed, committed, { ref, registration: candidate.registration });
    if (secret.equals(ceremony.secret)) throw new PasskeyStepWrong("the request brings the old secret");
    const afterwards = () => {
      this.#pairSuccess.finish(candidate, phone, secret).then(
        () => {
          record.stage = "linked";
        },
        (error: unknown) => record.refused.push(String(error)),
      );
    };
    return { afterwards };
  }

  #options(ceremony: Ceremony): Stanza {
    const { timeoutMs } = this.#settingsOf(ceremony.phone.number) ?? PLAIN;
    ceremony.challenge ??= { text: randomBytes(32).toString("base64url"), untilMs: this.#world.now() + timeoutMs };
    // As captured from the live service in Baileys#2689.
    const options = {
      challenge: ceremony.challenge.text,
      timeout: timeoutMs,
      rpId: "whatsapp.com",
      allowCredentials: [],
      userVerification: "required",
      extensions: { uvm: true },
    };
    return stanza("passkey_request_options", {}, Buffer.from(JSON.stringify(options)));
  }

  #notify(ceremony: Ceremony, type: string, content: Stanza[]): void {
    const id = iqId();
    ceremony.unacknowledged.add(id);
    const attributes = { type, id, from: SERVER_JID, t: unixSeconds(this.#world.now()) };
    ceremony.candidate.connection.send(stanza("notification", attributes, content));
  }

  #record({ phone }: Ceremony): PasskeyRecord {
    const record = this.#records.get(phone.number);
    if (record === undefined) throw new Error("the link by passkey was never begun");
    return record;
  }
}

function contentOf({ tag, content }: Stanza): Buffer {
  if (!(content instanceof Uint8Array)) throw new PasskeyStepWrong(`<${tag}> has no bytes`);
  return Buffer.from(content);
}
