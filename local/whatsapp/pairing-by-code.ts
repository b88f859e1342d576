import { randomBytes } from "node:crypto";
import { Curve, getBinaryNodeChild, type KeyPair } from "@whiskeysockets/baileys";
import { CompanionHellos } from "./companion-hello.ts";
import type { Connection } from "./connection.ts";
import { type Candidate, iqId, type PairSuccess } from "./pair-success.ts";
import { advSecretOf, unwrapKey, wrapKey } from "./pairing-code.ts";
import { PairingFailed } from "./pairing-failed.ts";
import type { Phone } from "./phones.ts";
import { bytesOf, SERVER_JID, type Stanza, stanza, unixSeconds } from "./stanza.ts";
import type { World } from "./world.ts";

const TAG = "link_code_companion_reg";
const ANSWER_TIMEOUT_MS = 10_000;

/** A client that shows a code for one number, and what the phone waits for once the person has typed one. */
interface Asking {
  readonly candidate: Candidate;
  readonly number: string;
  readonly ref: Buffer;
  readonly wrappedEphemeral: Buffer;
  finish: ((bundle: Buffer | undefined) => void) | undefined;
}

/**
 * Linking by code, both the server's side and the phone's:
 *
 *     companion_hello ──code typed──▶ primary_hello ──companion_finish──▶ pair-success
 *
 * Neither side can tell a wrong code before companion_finish: then the phone cannot open what the client sealed.
 */
export class PairingByCode {
  readonly #world: World;
  readonly #pairSuccess: PairSuccess;
  readonly #hellos: CompanionHellos;
  readonly #asking = new Map<Connection, Asking>();

  constructor(world: World, pairSuccess: PairSuccess) {
    this.#world = world;
    this.#hellos = new CompanionHellos(world);
    this.#pairSuccess = pairSuccess;
  }

  received(candidate: Candidate, iq: Stanza): void {
    const registration = getBinaryNodeChild(iq, TAG);
    if (!registration) return;
    const stage = registration.attrs.stage;
    const refusal = stage === "companion_hello" ? this.#hellos.refusalOf(registration) : undefined;
    if (refusal) {
      const attributes = { id: iq.attrs.id, from: SERVER_JID, type: "error" };
      candidate.connection.send(stanza("iq", attributes, [stanza("error", refusal)]));
      return;
    }
    const ref = stage === "companion_hello" ? this.#hello(candidate, registration) : undefined;
    if (stage === "companion_finish") {
      const bundle = bytesOf(registration, "link_code_pairing_wrapped_key_bundle");
      this.#asking.get(candidate.connection)?.finish?.(bundle);
    }
    const content = ref && [stanza(TAG, {}, [stanza("link_code_pairing_ref", {}, ref)])];
    candidate.connection.send(stanza("iq", { id: iq.attrs.id, from: SERVER_JID, type: "result" }, content));
  }

  withdraw(connection: Connection): void {
    this.#asking.get(connection)?.finish?.(undefined);
    this.#asking.delete(connection);
  }

  /** The person types the code; resolves with the new device's number once the client has accepted. */
  async pair(phone: Phone, code: string): Promise<number> {
    // As on WhatsApp, the last client that asked for this number is the one whose code counts.
    const asking = [...this.#asking.values()].findLast(({ number }) => number === phone.number);
    if (!asking) throw new PairingFailed("no_code_asked", "No client asks to be linked to this number by a code now.");
    const identity = this.#world.phones.credentials(phone.number).signedIdentityKey;
    const ephemeral = Curve.generateKeyPair();
    const hello = await this.#primaryHello(asking, { code, ephemeral, identity });
    const sealed = await this.#finished(asking, hello);
    const companionEphemeral = await unwrapKey(asking.wrappedEphemeral, code);
    const advSecret = advSecretOf(sealed, { ephemeral, companionEphemeral, identity });
    if (!advSecret) throw new PairingFailed("wrong_code", "The client shows another code.");
    return this.#pairSuccess.complete(asking.candidate, phone, advSecret);
  }

  #hello(candidate: Candidate, registration: Stanza): Buffer {
    const [number = ""] = (registration.attrs.jid ?? "").split("@");
    const wrappedEphemeral = bytesOf(registration, "link_code_pairing_wrapped_companion_ephemeral_pub");
    const ref = randomBytes(16);
    this.#asking.delete(candidate.connection);
    this.#asking.set(candidate.connection, { candidate, number, ref, wrappedEphemeral, finish: undefined });
    return ref;
  }

  async #primaryHello(asking: Asking, keys: { code: string; ephemeral: KeyPair; identity: KeyPair }): Promise<Stanza> {
    const wrapped = await wrapKey(keys.ephemeral.public, keys.code);
    const t = unixSeconds(this.#world.now());
    return stanza("notification", { type: TAG, id: iqId(), from: SERVER_JID, t }, [
      stanza(TAG, { stage: "primary_hello" }, [
        stanza("link_code_pairing_wrapped_primary_ephemeral_pub", {}, wrapped),
        stanza("primary_identity_pub", {}, keys.identity.public),
        stanza("link_code_pairing_ref", {}, asking.ref),
      ]),
    ]);
  }

  #finished(asking: Asking, hello: Stanza): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const finish = (bundle: Buffer | undefined) => {
        clearTimeout(timer);
        asking.finish = undefined;
        if (bundle) resolve(bundle);
        else reject(new PairingFailed("client_did_not_answer", "The client did not answer the phone."));
      };
      const timer = setTimeout(() => finish(undefined), ANSWER_TIMEOUT_MS);
      asking.finish = finish;
      asking.candidate.connection.send(hello);
    });
  }
}
