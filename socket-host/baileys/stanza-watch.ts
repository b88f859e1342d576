import type { EventEmitter } from "node:events";
import type { BinaryNode } from "@whiskeysockets/baileys";
import * as z from "zod";
import { Mutex } from "../keys/mutex.ts";

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

/** What is answered here and not by Baileys, which would ask for one window of the offline queue and no more. */
const keptFromBaileys = new Set(["CB:ib,,offline_preview"]);
/** The event on which Baileys starts its own QRs (lib/Socket/socket.js). */
const pairDevice = "CB:iq,type:set,pair-device";

export interface StanzaWatch {
  /** Any bytes came. */
  frame(): void;
  /** A stanza came, before Baileys looks at it. */
  stanza(stanza: BinaryNode): void;
  /** WhatsApp gives refs to make QRs of. Baileys never hears of it. */
  offered(stanza: BinaryNode): Promise<void>;
  /** Before Baileys handles, and so acknowledges, a stanza of these kinds: where it answers false, Baileys never does. */
  before(kind: WatchedKind, stanza: BinaryNode): Promise<boolean> | true;
  /** What must be done before Baileys sees an answer to a query of its own; undefined where nothing must. */
  answer(stanza: BinaryNode): Promise<void> | undefined;
  /** A stanza of these kinds was handled, well or not, or was kept from Baileys. */
  handled(stanza: BinaryNode): void;
  /** A listener of Baileys' has failed after it returned, where nobody would hear of it. */
  strayed(event: string, error: unknown): void;
}

/**
 * Looks at what comes in before Baileys does: on its WebSocket client's own events, since what it emits later is
 * buffered, merged and, on a first login, held back for up to 20 s (lib/Utils/event-buffer.js, lib/Socket/chats.js).
 *
 * Its listeners there are asynchronous and most catch nothing, so that a connection that breaks while one of them
 * answers a stanza would be an unhandled rejection, and the end of the process. Here each is heard.
 *
 * Messages are handed to it one at a time, in the order in which they came. It would look up the names of each before
 * it waits for its turn, and keep those that waited for the session (`offline`) in a queue of their own, past which new
 * ones go (handleMessage and processNode in lib/Socket/messages-recv.js): one that was written later could come first.
 */
export function watchStanzas(events: EventEmitter, watch: StanzaWatch): void {
  const emit = events.emit.bind(events);
  const messages = new Mutex();
  const emitHeard = (event: string, details: unknown[]) => {
    const listeners = events.rawListeners(event);
    if (event === "error" && listeners.length === 0) emit(event, ...details);
    const handled = listeners.map(listener => {
      const result: unknown = Reflect.apply(listener, events, details);
      return result instanceof Promise ? result.catch((error: unknown) => watch.strayed(event, error)) : undefined;
    });
    return { wasHeard: listeners.length > 0, handled: Promise.all(handled) };
  };
  const watched = (event: string | symbol, ...details: unknown[]): boolean => {
    if (typeof event === "symbol") return emit(event, ...details);
    if (event === "frame") {
      watch.frame();
      const stanza = Stanza.safeParse(details[0]);
      if (stanza.success) watch.stanza(stanza.data);
    }
    const answered = event.startsWith("TAG:") ? watch.answer(Stanza.parse(details[0])) : undefined;
    if (answered !== undefined) {
      answered.then(() => emitHeard(event, details)).catch((error: unknown) => watch.strayed(event, error));
      return true;
    }
    if (keptFromBaileys.has(event)) return true;
    if (event === pairDevice) {
      watch.offered(Stanza.parse(details[0])).catch((error: unknown) => watch.strayed(event, error));
      return true;
    }
    const kind = kinds[event];
    if (kind === undefined) return emitHeard(event, details).wasHeard;
    const stanza = Stanza.parse(details[0]);
    if (kind === "message") {
      const handled = messages.run(async () => {
        if (await watch.before(kind, stanza)) await emitHeard(event, [asNew(stanza)]).handled;
      });
      void handled.catch((error: unknown) => watch.strayed(event, error)).then(() => watch.handled(stanza));
      return true;
    }
    const go = watch.before(kind, stanza);
    if (go === true) {
      const { wasHeard, handled } = emitHeard(event, details);
      void handled.then(() => watch.handled(stanza));
      return wasHeard;
    }
    void go.then(goOn => (goOn ? emitHeard(event, details).handled : undefined)).then(() => watch.handled(stanza));
    return true;
  };
  Object.assign(events, { emit: watched });
}

/** The stanza as one that did not wait: Baileys says when it is done with such a one. */
function asNew(stanza: BinaryNode): BinaryNode {
  const { offline: _waited, ...attrs } = stanza.attrs;
  return { ...stanza, attrs };
}
