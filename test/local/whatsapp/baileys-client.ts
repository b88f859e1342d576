import {
  type AuthenticationCreds,
  type BaileysEventMap,
  Curve,
  type DisconnectReason,
  initAuthCreds,
  makeWASocket,
  type proto,
  type SignalDataSet,
  type SignalDataTypeMap,
  type UserFacingSocketConfig,
  WA_CERT_DETAILS,
  type WAMessage,
  type WASocket,
} from "@whiskeysockets/baileys";
import pino from "pino";
import { eventually } from "../../eventually.ts";
import { verifyXeddsa } from "./xeddsa.ts";

// Baileys 7.0.0-rc14 accepts any signature; a client that checks is what the simulated WhatsApp must satisfy.
Curve.verify = (publicKey, message, signature) => verifyXeddsa(publicKey, message, signature);

export const logger = pino({ level: process.env.BAILEYS_LOG ?? "silent" });

class MemoryKeys {
  readonly #values = new Map<string, unknown>();

  get<T extends keyof SignalDataTypeMap>(type: T, ids: string[]) {
    const found: { [id: string]: SignalDataTypeMap[T] } = {};
    for (const id of ids) {
      const value = this.#values.get(`${type}/${id}`);
      if (value !== undefined) found[id] = structuredClone(value) as SignalDataTypeMap[T];
    }
    return found;
  }

  set(data: SignalDataSet) {
    for (const [type, values] of Object.entries(data)) {
      for (const [id, value] of Object.entries(values)) {
        if (value === null) this.#values.delete(`${type}/${id}`);
        else this.#values.set(`${type}/${id}`, structuredClone(value));
      }
    }
  }

  forget(type: keyof SignalDataTypeMap) {
    for (const key of [...this.#values.keys()]) if (key.startsWith(`${type}/`)) this.#values.delete(key);
  }
}

/** Where to connect, as the simulated WhatsApp announces it. */
export interface ServerAddress {
  readonly websocketUrl: string;
  readonly noiseRoot: Buffer;
}

type Update = BaileysEventMap["messages.update"][number];

/** A real Baileys client with credentials that outlive its sockets, and a record of everything it was told. */
export class BaileysClient {
  readonly creds: AuthenticationCreds = initAuthCreds();
  readonly keys = new MemoryKeys();
  readonly messages: { message: WAMessage; type: string }[] = [];
  readonly updates: Update[] = [];
  readonly closeCodes: (DisconnectReason | undefined)[] = [];
  readonly #server: ServerAddress;
  readonly #sent = new Map<string, proto.IMessage>();
  #socket: WASocket | undefined;
  qr: string | undefined;
  isOpen = false;
  receivedHistory = false;

  constructor(server: ServerAddress) {
    this.#server = server;
  }

  get socket(): WASocket {
    if (!this.#socket) throw new Error("not connected");
    return this.#socket;
  }

  connect(config: Partial<UserFacingSocketConfig> = {}, server: ServerAddress = this.#server): void {
    WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(server.noiseRoot);
    this.isOpen = false;
    const socket = makeWASocket({
      auth: { creds: this.creds, keys: this.keys },
      logger,
      waWebSocketUrl: server.websocketUrl,
      connectTimeoutMs: 8_000,
      defaultQueryTimeoutMs: 8_000,
      markOnlineOnConnect: false,
      // Baileys' own cache of what it sent is no help to a companion that asks again: it looks there by device.
      getMessage: async key => this.#sent.get(key.id ?? ""),
      ...config,
    });
    this.#socket = socket;
    socket.ev.on("creds.update", update => Object.assign(this.creds, update));
    socket.ev.on("connection.update", ({ connection, qr, lastDisconnect }) => {
      if (qr) this.qr = qr;
      if (connection === "open") this.isOpen = true;
      if (connection === "close") {
        this.isOpen = false;
        const error = lastDisconnect?.error as { output?: { statusCode?: number } } | undefined;
        this.closeCodes.push(error?.output?.statusCode);
      }
    });
    socket.ev.on("messages.upsert", ({ messages, type }) => {
      for (const message of messages) this.messages.push({ message, type });
    });
    socket.ev.on("messages.update", updates => this.updates.push(...updates));
    socket.ev.on("messaging-history.set", () => {
      this.receivedHistory = true;
    });
  }

  async connected(config: Partial<UserFacingSocketConfig> = {}, server?: ServerAddress): Promise<void> {
    this.connect(config, server);
    await eventually("the connection opens", () => this.isOpen);
  }

  /** Shows a QR, has it scanned, and logs in once WhatsApp asks for the restart. */
  async link(scan: (qr: string) => Promise<unknown>): Promise<void> {
    this.qr = undefined;
    this.connect();
    const closesBefore = this.closeCodes.length;
    await scan(await eventually("a QR is shown", () => this.qr));
    await eventually("WhatsApp asks for a restart", () => this.closeCodes.length > closesBefore);
    await this.connected();
    await eventually("the history of the first login", () => this.receivedHistory);
  }

  async send(jid: string, text: string): Promise<string> {
    const sent = await this.socket.sendMessage(jid, { text });
    const id = sent?.key.id ?? "";
    if (sent?.message) this.#sent.set(id, sent.message);
    return id;
  }

  /** The texts of the messages that this client received, with ids. */
  texts(): { id: string; text: string; fromMe: boolean; chat: string; type: string }[] {
    return this.messages.flatMap(({ message, type }) => {
      const text = message.message?.conversation ?? message.message?.extendedTextMessage?.text;
      const { id, fromMe, remoteJid } = message.key;
      return text ? [{ id: id ?? "", text, fromMe: fromMe ?? false, chat: remoteJid ?? "", type }] : [];
    });
  }

  received(text: string) {
    return eventually(`"${text}" arrives`, () => this.texts().find(message => message.text === text));
  }

  /** Waits for a status of a message that this client sent: in an update, or merged into the message itself. */
  status(id: string, status: number): Promise<true> {
    return eventually(
      `message ${id} gets status ${status}`,
      () =>
        this.updates.some(({ key, update }) => key.id === id && update.status === status) ||
        this.messages.some(({ message }) => message.key.id === id && message.status === status) ||
        undefined,
    ).then(() => true);
  }

  async disconnect(): Promise<void> {
    await this.#socket?.end(undefined);
    this.isOpen = false;
  }
}
