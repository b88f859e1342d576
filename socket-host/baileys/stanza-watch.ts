import type { EventEmitter } from "node:events";
import type { BinaryNode } from "@whiskeysockets/baileys";
import * as z from "zod";

const Stanza = z.custom<BinaryNode>(
  value => z.object({ tag: z.string(), attrs: z.record(z.string(), z.unknown()) }).safeParse(value).success,
);

export interface StanzaWatch {
  /** Any bytes came. */
  frame(): void;
  /** A stanza came, before Baileys looks at it. */
  stanza(stanza: BinaryNode): void;
  /** Before Baileys handles, and so acknowledges, a stanza of these kinds: where it answers false, Baileys never does. */
  before(kind: "message" | "receipt", stanza: BinaryNode): Promise<boolean> | true;
}

/**
 * Looks at what comes in before Baileys does: on its WebSocket client's own events, since what it emits later is
 * buffered, merged and, on a first login, held back for up to 20 s (lib/Utils/event-buffer.js, lib/Socket/chats.js).
 */
export function watchStanzas(events: EventEmitter, watch: StanzaWatch): void {
  const emit = events.emit.bind(events);
  const kinds: Readonly<Record<string, "message" | "receipt">> = { "CB:message": "message", "CB:receipt": "receipt" };
  const watched = (event: string | symbol, ...details: unknown[]): boolean => {
    if (event === "frame") {
      watch.frame();
      const stanza = Stanza.safeParse(details[0]);
      if (stanza.success) watch.stanza(stanza.data);
    }
    const kind = typeof event === "string" ? kinds[event] : undefined;
    if (kind === undefined) return emit(event, ...details);
    const go = watch.before(kind, Stanza.parse(details[0]));
    if (go === true) return emit(event, ...details);
    void go.then(goOn => goOn && emit(event, ...details));
    return true;
  };
  Object.assign(events, { emit: watched });
}
