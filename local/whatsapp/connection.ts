import { decodeBinaryNode, encodeBinaryNode } from "@whiskeysockets/baileys";
import { type RawData, WebSocket } from "ws";
import type { Log } from "../../domain/log.ts";
import type { DeviceAddress } from "./device-address.ts";
import type { Faults } from "./faults.ts";
import { encodeFrame, FrameReader } from "./frame.ts";
import { Mailbox } from "./mailbox.ts";
import { type ClientFinish, NoiseResponder, type NoiseTransport } from "./noise-responder.ts";
import type { ServerIdentity } from "./server-identity.ts";
import type { Stanza } from "./stanza.ts";
import type { StanzaQueue } from "./stanza-queue.ts";
import type { TrafficStats } from "./traffic-stats.ts";

export interface ConnectionEnvironment {
  readonly identity: ServerIdentity;
  readonly queue: StanzaQueue;
  readonly faults: Faults;
  readonly stats: TrafficStats;
  readonly log: Log;
  readonly now: () => number;
}

/** Who hears of what happens on a connection. */
export interface ConnectionListener {
  authenticated(connection: Connection, finish: ClientFinish): void;
  received(connection: Connection, stanza: Stanza): Promise<void> | void;
  closed(connection: Connection): void;
}

/**
 * One client's socket, from the first byte to the last.
 *
 *     hello ──client hello──▶ finish ──client finish──▶ open ──▶ closed
 *
 * `open` says only that the transport is encrypted: whether the client may log in is the listener's to say, and then it
 * sets `address`. Frames are handled one after the other, in the order they came.
 */
export class Connection {
  /** The device that logged in here; undefined before the login and for a client that is being linked. */
  address: DeviceAddress | undefined;
  readonly mailbox: Mailbox;
  /** Messages whose device asked for them again: the nack that follows such a request settles nothing. */
  readonly retried = new Set<string>();

  readonly #socket: WebSocket;
  readonly #environment: ConnectionEnvironment;
  readonly #listener: ConnectionListener;
  readonly #reader = new FrameReader();
  readonly #noise: NoiseResponder;
  #stage: "hello" | "finish" | "open" = "hello";
  #transport: NoiseTransport | undefined;
  #work: Promise<void> = Promise.resolve();
  #hungUp = false;
  #outbox: { dueAtMs: number; act: () => void }[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(socket: WebSocket, environment: ConnectionEnvironment, listener: ConnectionListener) {
    this.#socket = socket;
    this.#environment = environment;
    this.#listener = listener;
    const { leaf, certificateChain } = environment.identity.present();
    this.#noise = new NoiseResponder(leaf, certificateChain);
    this.mailbox = new Mailbox({
      queue: environment.queue,
      address: () => this.address,
      isReachable: () => this.isOpen && !this.#isSilent(),
      isStalled: () => environment.faults.stallsOfflineMail(this.address?.number),
      send: stanza => this.send(stanza),
    });
    socket.on("message", data => this.#enqueue(toBuffer(data)));
    socket.on("close", () => this.#closed());
    socket.on("error", error => environment.log.debug("client socket failed", { error }));
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** Sends a stanza, or loses it where a silence holds: whatever must not be lost goes through the queue. */
  send(stanza: Stanza): void {
    if (this.#isSilent()) return;
    this.#later(() => this.#write(stanza));
  }

  /** Says why and hangs up. */
  sendAndClose(stanza: Stanza): void {
    this.#hungUp = true;
    this.#later(() => {
      this.#write(stanza);
      this.#socket.close();
    });
  }

  /** Cuts the TCP connection without a word. */
  cut(): void {
    this.#hungUp = true;
    this.#socket.terminate();
  }

  #isSilent(): boolean {
    return this.#environment.faults.isSilent(this.address?.number);
  }

  #enqueue(bytes: Buffer): void {
    this.#environment.stats.bytesIn += bytes.length;
    this.#work = this.#work
      .then(() => this.#receive(bytes))
      .catch(error => {
        this.#environment.log.warn("client connection failed", { error });
        this.cut();
      });
  }

  async #receive(bytes: Buffer): Promise<void> {
    for (const frame of this.#reader.read(bytes)) await this.#handle(frame);
  }

  async #handle(frame: Buffer): Promise<void> {
    // What a client says after it was hung up on is not heard; what it said before it hung up itself is.
    if (this.#hungUp) return;
    if (this.#stage === "hello") {
      const answer = this.#noise.answerHello(frame);
      this.#stage = "finish";
      if (!this.#isSilent()) this.#later(() => this.#writeFrame(answer));
    } else if (this.#stage === "finish") {
      const finish = this.#noise.readFinish(frame);
      this.#transport = this.#noise.transport();
      this.#stage = "open";
      this.#listener.authenticated(this, finish);
    } else if (this.#transport) {
      // Opened even where a silence then drops it: the cipher counts frames.
      const stanza = await decodeBinaryNode(this.#transport.open(frame));
      if (!this.#isSilent()) await this.#listener.received(this, stanza);
    }
  }

  /** Keeps the order of what is sent while a delay comes and goes. */
  #later(act: () => void): void {
    const nowMs = this.#environment.now();
    const delayMs = this.#environment.faults.answerDelayMs(this.address?.number);
    if (delayMs === 0 && this.#outbox.length === 0) {
      act();
      return;
    }
    this.#outbox.push({ dueAtMs: Math.max(nowMs + delayMs, this.#outbox.at(-1)?.dueAtMs ?? 0), act });
    this.#timer ??= setTimeout(() => this.#sendDue(), delayMs);
  }

  #sendDue(): void {
    this.#timer = undefined;
    const nowMs = this.#environment.now();
    while (this.#outbox[0] && this.#outbox[0].dueAtMs <= nowMs) this.#outbox.shift()?.act();
    const next = this.#outbox[0];
    if (next) this.#timer = setTimeout(() => this.#sendDue(), Math.max(1, next.dueAtMs - nowMs));
  }

  #write(stanza: Stanza): void {
    if (this.#transport && this.isOpen) this.#writeFrame(this.#transport.seal(encodeBinaryNode(stanza)));
  }

  #writeFrame(body: Uint8Array): void {
    if (!this.isOpen) return;
    const frame = encodeFrame(body);
    this.#environment.stats.bytesOut += frame.length;
    this.#socket.send(frame);
  }

  #closed(): void {
    clearTimeout(this.#timer);
    this.#outbox = [];
    this.#listener.closed(this);
  }
}

function toBuffer(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? Buffer.from(data) : data;
}
