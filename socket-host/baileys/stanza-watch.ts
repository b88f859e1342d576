import type { EventEmitter } from "node:events";
import type { BinaryNode } from "@whiskeysockets/baileys";
import * as z from "zod";

const Stanza = z.custom<BinaryNode>(
  value => z.object({ tag: z.string(), attrs: z.record(z.string(), z.unknown()) }).safeParse(value).success,
);

export type WatchedKind = "message" | "receipt" | "call" | "notification";

const kinds: Readonly<Record<string, WatchedKind>> = {
  "CB:message": "message",
  "CB:receipt": "receipt",
  "CB:call": "call",
  "CB:notification": "notification",
};

export interface StanzaWatch {
  /** Any bytes came. */
  frame(): void;
  /** A stanza came, before Baileys looks at it. */
  stanza(stanza: BinaryNode): void;
  /** Before Baileys handles, and so acknowledges, a stanza of these kinds: where it answers false, Baileys never does. */
  before(kind: WatchedKind, stanza: BinaryNode): Promise<boolean> | true;
  /** A listener of Baileys' has failed after it returned, where nobody would hear of it. */
  strayed(event: string, error: unknown): void;
}

/**
 * Looks at what comes in before Baileys does: on its WebSocket client's own events, since what it emits later is
 * buffered, merged and, on a first login, held back for up to 20 s (lib/Utils/event-buffer.js, lib/Socket/chats.js).
 *
 * Its listeners there are asynchronous and most catch nothing, so that a connection that breaks while one of them
 * answers a stanza would be an unhandled rejection, and the end of the process. Here each is heard.
 */
export function watchStanzas(events: EventEmitter, watch: StanzaWatch): void {
  const emit = events.emit.bind(events);
  const emitHeard = (event: string, details: unknown[]): boolean => {
    const listeners = events.rawListeners(event);
    if (event === "error" && listeners.length === 0) return emit(event, ...details);
    for (const listener of listeners) {
      const result: unknown = Reflect.apply(listener, events, details);
      if (result instanceof Promise) result.catch((error: unknown) => watch.strayed(event, error));
    }
    return listeners.length > 0;
  };
  const watched = (event: string | symbol, ...details: unknown[]): boolean => {
    if (typeof event === "symbol") return emit(event, ...details);
    if (event === "frame") {
      watch.frame();
      const stanza = Stanza.safeParse(details[0]);
      if (stanza.success) watch.stanza(stanza.data);
    }
    const kind = kinds[event];
    const go = kind === undefined || watch.before(kind, Stanza.parse(details[0]));
    if (go === true) return emitHeard(event, details);
    void go.then(goOn => goOn && emitHeard(event, details));
    return true;
  };
  Object.assign(events, { emit: watched });
}
