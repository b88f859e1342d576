import { getBinaryNodeChild } from "@whiskeysockets/baileys";
import { attribute, type Stanza, textOf } from "./stanza.ts";
import type { World } from "./world.ts";

/** `Browser (OS)`; what a server takes as either is a guess beyond Chrome on Windows, Mac OS, Linux and Ubuntu. */
const DISPLAY = /^(?:Chrome|Firefox|Edge|Safari|Opera|IE) \((?:Windows|Mac OS|macOS|Linux|Ubuntu|Chrome OS)\)$/;
const REQUESTS_MAX = 2;
const WINDOW_MS = 600_000;

const REFUSALS = {
  badRequest: { code: "400", text: "bad-request" },
  notFound: { code: "404", text: "item-not-found" },
  tooMany: { code: "429", text: "rate-overlimit" },
} as const;
type Refusal = (typeof REFUSALS)[keyof typeof REFUSALS];

/**
 * Whether the server takes a request for a pairing code. That a display name other than `Browser (OS)` of a known list is
 * a 400 was measured in Baileys#2769 (`Chrome (Acme)`) and is read in whatsmeow pair-code.go. That many requests are a 429
 * is known of public reports; that the third for a number within ten minutes is one, and that a number which is not on
 * WhatsApp is a 404, are guesses.
 */
export class CompanionHellos {
  readonly #world: Pick<World, "phones" | "now">;
  readonly #askedAtMs = new Map<string, number[]>();

  constructor(world: Pick<World, "phones" | "now">) {
    this.#world = world;
  }

  /** Counts the request, and answers why it is refused; undefined where it is taken. */
  refusalOf(hello: Stanza): Refusal | undefined {
    const [number = ""] = attribute(hello, "jid").split("@");
    const display = getBinaryNodeChild(hello, "companion_platform_display");
    if (!display || !DISPLAY.test(textOf(display))) return REFUSALS.badRequest;
    if (!this.#world.phones.find(number)) return REFUSALS.notFound;
    return this.#count(number) > REQUESTS_MAX ? REFUSALS.tooMany : undefined;
  }

  #count(number: string): number {
    const nowMs = this.#world.now();
    const recent = (this.#askedAtMs.get(number) ?? []).filter(atMs => nowMs - atMs < WINDOW_MS);
    this.#askedAtMs.set(number, [...recent, nowMs]);
    return recent.length + 1;
  }
}
