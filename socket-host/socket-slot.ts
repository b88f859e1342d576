import type { Jid } from "../domain/jid.ts";
import type { Log } from "../domain/log.ts";
import type { SessionRef } from "../domain/session/session.ts";
import { DestinationRefused } from "../domain/webhook/destination.ts";
import type { ConnectionEvent } from "./connection-events.ts";
import { type Hold, LeaseLost } from "./hold.ts";
import type { SessionKeyring } from "./key-ring.ts";
import { OwnershipLost } from "./keys/key-store-error.ts";
import type { LiveSocket } from "./live-socket.ts";
import type { Slots } from "./slots.ts";
import type {
  ConnectionSettings,
  Disconnect,
  GroupNotice,
  MessageReceipt,
  SeenCall,
  SocketListener,
  WhatsAppEngine,
} from "./whatsapp-port.ts";
import type { VersionSource } from "./whatsapp-version.ts";

export interface SocketOptions {
  readonly engine: WhatsAppEngine;
  readonly keyring: SessionKeyring;
  readonly logins: Slots;
  readonly version: Pick<VersionSource, "claim">;
  readonly settings: () => Promise<ConnectionSettings>;
  readonly payloadOf: (waMessageId: string) => Promise<Uint8Array | undefined>;
  readonly hold: Hold;
  readonly ref: SessionRef;
  readonly log: Log;
  readonly urgent: boolean;
}

export interface SocketEvents {
  /** Its turn to log in has come. */
  turn(): void;
  event(
    event: Extract<
      ConnectionEvent,
      { type: "qr" | "pairing_code" | "pairing_code_refused" | "passkey" | "paired" | "closed" }
    >,
  ): void;
  ready(live: LiveSocket): void;
  opened(self: { jid: Jid; lid: Jid | null; name: string | null }): void;
  acked(waMessageId: string, errorCode: string | null): void;
  receipt(receipt: MessageReceipt, gone: AbortSignal): Promise<void>;
  call(call: SeenCall, gone: AbortSignal): Promise<void>;
  group(notice: GroupNotice, gone: AbortSignal): Promise<void>;
  groupsStale(): void;
  timeLock(untilMs: number | null): void;
  names(lid: Jid, pn: Jid): void;
  alive(): void;
}

/** One socket, from before it is open until after it is closed. */
export interface OpenSocket {
  readonly live: LiveSocket | undefined;
  /** Closes it, also while it is still being opened; nothing of it is heard from now on. */
  close(): Promise<void>;
  /** Stops hearing it: what depends on it ends now. Does not close it. */
  abandon(): void;
}

/**
 * Opens one socket in its turn: keys under the hold's epoch first, then the engine. Whatever goes wrong comes as
 * `closed`, once, like the end of a socket that was open.
 */
export function openSocket(options: SocketOptions, events: SocketEvents): OpenSocket {
  const gone = new AbortController();
  const slot: Slot = { live: undefined, giveBack: () => {} };
  const opening = open(options, events, gone, slot).catch((error: unknown) => {
    slot.giveBack();
    if (gone.signal.aborted) return;
    gone.abort();
    if (!(error instanceof LeaseLost)) options.log.warn("socket could not be opened", { error });
    events.event({ type: "closed", cause: causeOf(error) });
  });
  return {
    get live() {
      return slot.live;
    },
    abandon: () => gone.abort(),
    async close() {
      gone.abort();
      slot.giveBack();
      await opening;
      try {
        await slot.live?.socket.close();
      } catch (error) {
        // It is not heard any more, and what it could not write is as after a crash; nobody can do better than go on.
        options.log.warn("socket did not close in order", { error });
      }
    },
  };
}

interface Slot {
  live: LiveSocket | undefined;
  giveBack(): void;
}

async function open(options: SocketOptions, events: SocketEvents, gone: AbortController, slot: Slot): Promise<void> {
  const { engine, keyring, logins, hold, ref, payloadOf, log } = options;
  slot.giveBack = await logins.take({ urgent: options.urgent, signal: gone.signal });
  if (gone.signal.aborted) return slot.giveBack();
  events.turn();
  hold.check();
  const [version, settings] = await Promise.all([options.version.claim(), options.settings()]);
  const keys = await keyring.open(ref, hold.epoch);
  if (gone.signal.aborted || !hold.held) {
    slot.giveBack();
    return keys.close();
  }
  const { promise: isOpen, resolve: nowOpen } = Promise.withResolvers<void>();
  const listener = listenerOf(events, gone, { isOpen, loggedIn: () => slot.giveBack() });
  const socket = await engine.open({ session: ref, keys, version, settings, listener, payloadOf, log });
  const live = { socket, gone: gone.signal };
  slot.live = live;
  if (!gone.signal.aborted) events.ready(live);
  nowOpen();
}

/**
 * Passes on what a socket says for as long as it is the one that counts. `opened` is passed on after the engine gave
 * the socket, whichever comes first.
 */
function listenerOf(
  events: SocketEvents,
  gone: AbortController,
  socket: { isOpen: Promise<void>; loggedIn: () => void },
): SocketListener {
  const heard = (tell: () => void) => {
    if (!gone.signal.aborted) tell();
  };
  return {
    qr: (code, expiresAtMs) => {
      socket.loggedIn();
      heard(() => events.event({ type: "qr", code, expiresAtMs }));
    },
    pairingCode: code => heard(() => events.event({ type: "pairing_code", code })),
    pairingCodeRefused: statusCode => heard(() => events.event({ type: "pairing_code_refused", statusCode })),
    passkey: passkey => heard(() => events.event({ type: "passkey", passkey })),
    paired: () => heard(() => events.event({ type: "paired" })),
    opened: self => {
      socket.loggedIn();
      void socket.isOpen.then(() => heard(() => events.opened(self)));
    },
    closed: cause => {
      socket.loggedIn();
      heard(() => {
        gone.abort();
        events.event({ type: "closed", cause });
      });
    },
    acked: (waMessageId, errorCode) => heard(() => events.acked(waMessageId, errorCode)),
    receipt: receipt => events.receipt(receipt, gone.signal),
    call: call => events.call(call, gone.signal),
    group: notice => events.group(notice, gone.signal),
    groupsStale: () => heard(() => events.groupsStale()),
    timeLock: untilMs => heard(() => events.timeLock(untilMs)),
    names: (lid, pn) => heard(() => events.names(lid, pn)),
    alive: () => heard(() => events.alive()),
  };
}

/** A failure to open as the end of a socket: keys that another owner has are a doubt, all else is tried again. */
function causeOf(error: unknown): Disconnect {
  const detail = error instanceof Error ? error.name : "unknown";
  if (error instanceof OwnershipLost || error instanceof LeaseLost) return { kind: "fenced", statusCode: null, detail };
  // A customer's proxy that led to the internet when it was given, and is judged anew at each connection.
  const kind = error instanceof DestinationRefused ? "proxy_unreachable" : "unreachable";
  return { kind, statusCode: null, detail };
}
