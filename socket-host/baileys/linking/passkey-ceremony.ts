import { randomBytes } from "node:crypto";
import { type BinaryNode, getBinaryNodeChildBuffer, type WASocket } from "@whiskeysockets/baileys";
import type { Log } from "../../../domain/log.ts";
import {
  checkAssertion,
  type PasskeyCredential,
  type PasskeyOptions,
} from "../../../domain/session/passkey-assertion.ts";
import type { Disconnect, PasskeyFailure, PasskeyStep } from "../../whatsapp-port.ts";
import { optionsIn, PasskeyQueries, PasskeyStepRefused } from "./passkey-queries.ts";
import type { PrimaryIdentity, Prologue } from "./shortcake.ts";
import {
  comparedCode,
  handoffKeyOf,
  handoffProof,
  newPrologue,
  pairingRequest,
  primaryIdentityOf,
} from "./shortcake.ts";

export interface CeremonyParts {
  readonly sock: WASocket;
  readonly now: () => number;
  readonly log: Log;
  /** The credentials were changed: resolves once that is durable. */
  readonly credentialsChanged: () => Promise<boolean>;
  readonly tell: (step: PasskeyStep) => void;
  readonly end: (cause: Disconnect) => void;
}

/** Challenges live no longer, whatever they say (WhatsApp Web, PasskeyOptionsCache). */
const challengeMaxMs = 600_000;
/** After this time a proof is worth nothing (WhatsApp Web, HandoffProof). */
const handoffMs = 300_000;
/** How long the phone, the person and WhatsApp each may take. */
const stageMs = 120_000;
/** So many challenges are shown on one connection; after the last failure it ends. */
const challengesMax = 3;

type Stage =
  | { readonly at: "idle" }
  | { readonly at: "challenge"; readonly options: PasskeyOptions }
  | { readonly at: "checking"; readonly prologue?: Prologue; readonly isProven: boolean }
  | { readonly at: "confirmation"; readonly prologue: Prologue; readonly primary: PrimaryIdentity }
  | { readonly at: "finishing" };

/**
 * A link by passkey, on the socket that is being linked:
 *
 *     idle ─requested▶ challenge ─answer▶ checking ─phone▶ confirmation ─confirm▶ finishing ─▶ pair-success
 *                         ▲                  │ refused, or the phone is silent      ▲
 *                         └──────────────────┴── proven: without the person ────────┘
 *
 * Nobody here could try it with WhatsApp: see docs/passkey.md for what is known, and from whom.
 */
export class PasskeyCeremony {
  readonly #parts: CeremonyParts;
  readonly #queries: PasskeyQueries;
  #stage: Stage = { at: "idle" };
  #handoff: { readonly key: Uint8Array; readonly atMs: number } | undefined;
  #challenges = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: CeremonyParts) {
    this.#parts = parts;
    this.#queries = new PasskeyQueries(parts.sock);
  }

  get isUnderWay(): boolean {
    return this.#stage.at !== "idle";
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#stage = { at: "idle" };
    this.#handoff = undefined;
  }

  /**
   * WhatsApp asks for a passkey. The secret is rotated once, since a proof is made of the one that the phone has; while a
   * ceremony runs, asking again changes nothing.
   */
  async requested(stanza: BinaryNode): Promise<void> {
    if (this.isUnderWay) return;
    const { creds } = this.#parts.sock.authState;
    this.#stage = { at: "checking", isProven: false };
    this.#handoff = { key: handoffKeyOf(creds.advSecretKey), atMs: this.#parts.now() };
    creds.advSecretKey = randomBytes(32).toString("base64");
    if (!(await this.#parts.credentialsChanged())) return;
    await this.#challenge(optionsIn(stanza), null);
  }

  /** The person's assertion. Throws PasskeyInvalid; where no challenge waits for it, it is dropped. */
  async answer(credential: PasskeyCredential): Promise<void> {
    if (this.#stage.at !== "challenge") return this.#parts.log.info("passkey credential came too late", {});
    checkAssertion(credential, this.#stage.options);
    this.#go({ at: "checking", isProven: false }, stageMs, () => this.#again("phone_silent"));
    this.#parts.tell({ state: "checking", expiresAtMs: this.#parts.now() + stageMs });
    try {
      const prologue = newPrologue(await this.#queries.ref());
      const proof = this.#proofOf(prologue);
      this.#go({ at: "checking", prologue, isProven: proof !== undefined }, stageMs, () => this.#again("phone_silent"));
      await this.#queries.prologue(credential, prologue.payload, proof);
    } catch (error) {
      await this.#failed(error);
    }
  }

  /** The phone has seen the assertion, and sends its half of the exchange. */
  async continued(stanza: BinaryNode): Promise<void> {
    const bytes = getBinaryNodeChildBuffer(stanza, "primary_ephemeral_identity");
    const primary = bytes && primaryIdentityOf(bytes);
    const stage = this.#stage;
    if (stage.at !== "checking" || stage.prologue === undefined || primary === undefined) return;
    const { prologue, isProven } = stage;
    this.#go({ at: "confirmation", prologue, primary }, stageMs, () =>
      this.#end("passkey_timeout", "code not confirmed"),
    );
    try {
      await this.#queries.tell("companion_nonce", prologue.nonce);
      if (isProven) return await this.confirm();
      const code = comparedCode(prologue, primary);
      this.#parts.tell({ state: "confirmation", code, expiresAtMs: this.#parts.now() + stageMs });
    } catch (error) {
      await this.#failed(error);
    }
  }

  /** The person has compared the codes, or need not. Where none waits, nothing happens. */
  async confirm(): Promise<void> {
    if (this.#stage.at !== "confirmation") return;
    const { prologue, primary } = this.#stage;
    this.#go({ at: "finishing" }, stageMs, () => this.#end("passkey_failed", "no pair-success"));
    this.#parts.tell({ state: "finishing", expiresAtMs: this.#parts.now() + stageMs });
    const request = pairingRequest(prologue, primary, this.#parts.sock.authState.creds);
    try {
      await this.#queries.tell("encrypted_pairing_request", request);
    } catch (error) {
      await this.#failed(error);
    }
  }

  #proofOf({ payload }: Prologue): Uint8Array | undefined {
    const handoff = this.#handoff;
    this.#handoff = undefined;
    if (handoff === undefined || this.#parts.now() - handoff.atMs >= handoffMs) return undefined;
    return handoffProof(handoff.key, payload);
  }

  /** Shows a challenge, the given one or one that WhatsApp is asked for. */
  async #challenge(given: PasskeyOptions | undefined, failure: PasskeyFailure | null): Promise<void> {
    if (this.#challenges++ >= challengesMax) return this.#end("passkey_failed", failure ?? "too many challenges");
    try {
      const options = given ?? (await this.#queries.options());
      const forMs = Math.min(options.timeout ?? challengeMaxMs, challengeMaxMs);
      this.#go({ at: "challenge", options }, forMs, () => this.#end("passkey_timeout", "challenge not answered"));
      this.#parts.tell({ state: "challenge", options, failure, expiresAtMs: this.#parts.now() + forMs });
    } catch (error) {
      if (!(error instanceof PasskeyStepRefused)) throw error;
      this.#end("passkey_failed", error.message, error.statusCode);
    }
  }

  /** WhatsApp did not take a step. What broke the connection is not for here. */
  async #failed(error: unknown): Promise<void> {
    if (!(error instanceof PasskeyStepRefused)) throw error;
    this.#parts.log.warn("passkey step refused", { error, statusCode: error.statusCode });
    await this.#challenge(undefined, "refused");
  }

  #again(failure: PasskeyFailure): void {
    this.#challenge(undefined, failure).catch((error: unknown) => {
      this.#parts.log.warn("passkey challenge could not be asked for", { error });
      this.#end("passkey_failed", "no new challenge");
    });
  }

  #go(stage: Stage, forMs: number, late: () => void): void {
    clearTimeout(this.#timer);
    this.#stage = stage;
    this.#timer = setTimeout(late, forMs);
  }

  #end(kind: "passkey_timeout" | "passkey_failed", detail: string, statusCode: number | null = null): void {
    this.stop();
    this.#parts.end({ kind, statusCode, detail });
  }
}
