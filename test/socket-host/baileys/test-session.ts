import { newId } from "../../../domain/id.ts";
import type { Jid } from "../../../domain/jid.ts";
import { newWaMessageId } from "../../../domain/message/message.ts";
import type { SessionProxy } from "../../../domain/session/proxy.ts";
import type { JournalEntry } from "../../../socket-host/keys/journal-entry.ts";
import { openSessionKeys, type SessionKeys, type SessionKeysOptions } from "../../../socket-host/keys/session-keys.ts";
import type {
  Disconnect,
  GroupNotice,
  MessageReceipt,
  PasskeyStep,
  SeenCall,
  SocketListener,
  WhatsAppSocket,
} from "../../../socket-host/whatsapp-port.ts";
import { eventually } from "../../eventually.ts";
import { log, type Stage } from "./stage.ts";

export const jid = (number: string): Jid => `${number}@s.whatsapp.net`;

/** A session whose connections a test opens one after another, and all that it was told. */
export class TestSession {
  readonly name = { tenantId: newId("ten", Date.now()), id: newId("ses", Date.now()) };
  readonly qrs: string[] = [];
  readonly closes: Disconnect[] = [];
  readonly acks: { id: string; errorCode: string | null }[] = [];
  readonly receipts: MessageReceipt[] = [];
  readonly calls: SeenCall[] = [];
  readonly notices: GroupNotice[] = [];
  readonly payloads = new Map<string, Uint8Array>();
  readonly people: { lid: Jid; pn: Jid }[] = [];
  readonly received: JournalEntry[] = [];
  /** What becomes of a receipt; a test may hold it or let it fail. */
  storeReceipt: (receipt: MessageReceipt) => Promise<void> = async () => undefined;
  readonly codes: string[] = [];
  readonly passkeys: PasskeyStep[] = [];
  readonly refusals: (number | null)[] = [];
  pairingNumber: string | null = null;
  proxy: SessionProxy | null = null;
  paired = 0;
  opened: Parameters<SocketListener["opened"]>[0] | undefined;
  keys: SessionKeys | undefined;
  socket: WhatsAppSocket | undefined;
  epoch = 0;
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Opens the keys as a new owner, and a connection on them. */
  async connect(options: Partial<SessionKeysOptions> = {}): Promise<WhatsAppSocket> {
    this.opened = undefined;
    this.epoch = options.epoch ?? this.epoch + 1;
    const { aws, dataKeys } = this.#stage;
    const own = { db: aws.db, dataKeys, session: this.name, epoch: this.epoch };
    this.keys = await openSessionKeys({ ...own, ...options });
    this.socket = await this.#stage.engine.open({
      session: this.name,
      keys: this.keys,
      version: undefined,
      settings: { pairingNumber: this.pairingNumber, proxy: this.proxy },
      listener: this.#listener(),
      payloadOf: async id => this.payloads.get(id),
      log,
    });
    void this.#readHistory(this.socket);
    return this.socket;
  }

  /** As the host does; without it a session cannot write to new people. */
  async #readHistory(socket: WhatsAppSocket): Promise<void> {
    const before = this.closes.length;
    const { keys } = this;
    try {
      for await (const chunk of socket.history(new AbortController().signal)) {
        for await (const _item of chunk.items());
        await chunk.forget();
      }
    } catch (error) {
      // It has ended, or is about to: its keys could not be read or written.
      if (this.closes.length === before && keys?.failure === undefined) throw error;
    }
  }

  async connected(options: Partial<SessionKeysOptions> = {}): Promise<WhatsAppSocket> {
    const socket = await this.connect(options);
    await eventually("the session opens", () => this.opened !== undefined);
    return socket;
  }

  async link(number: string): Promise<void> {
    await this.connect();
    const qr = await eventually("a QR is shown", () => this.qrs.at(-1));
    await this.#stage.control.scan(number)(qr);
    await this.closed("restart_required");
    await this.connected();
  }

  async closed(kind: Disconnect["kind"], after = 0): Promise<Disconnect> {
    return eventually(`the socket closes: ${kind}`, () => this.closes.slice(after).find(close => close.kind === kind));
  }

  /** Reads the journal until the signal says otherwise, as the host does; `store` false leaves the entries there. */
  read(signal: AbortSignal, store = true): void {
    const journal = this.socket?.journal;
    if (journal === undefined) throw new Error("not connected");
    void (async () => {
      for await (const entry of journal.entries(signal)) {
        this.received.push(entry);
        if (store) await journal.forget(entry);
      }
    })();
  }

  texts(): (string | null)[] {
    return this.received.map(({ content }) => (content.type === "text" ? content.text : null));
  }

  async text(text: string): Promise<JournalEntry> {
    return eventually(`"${text}" is in the journal`, () =>
      this.received.find(({ content }) => content.type === "text" && content.text === text),
    );
  }

  /** Encodes and sends a text as the outbox does, under an id that is fixed beforehand. */
  async say(to: Jid, text: string, waMessageId = newWaMessageId()): Promise<string> {
    const { socket } = this;
    if (socket === undefined) throw new Error("not connected");
    const kept = this.payloads.get(waMessageId);
    const payload = kept ?? (await socket.encodeText({ to, text, waMessageId }));
    this.payloads.set(waMessageId, payload);
    await socket.send({ to, waMessageId, payload, again: kept !== undefined });
    return waMessageId;
  }

  async acked(id: string, errorCode: string | null = null): Promise<void> {
    await eventually("WhatsApp acknowledges the message", () =>
      this.acks.some(ack => ack.id === id && ack.errorCode === errorCode),
    );
  }

  #listener(): SocketListener {
    return {
      qr: code => void this.qrs.push(code),
      pairingCode: code => void this.codes.push(code),
      pairingCodeRefused: code => void this.refusals.push(code),
      passkey: step => void this.passkeys.push(step),
      paired: () => void this.paired++,
      opened: self => {
        this.opened = self;
      },
      closed: cause => void this.closes.push(cause),
      acked: (id, errorCode) => void this.acks.push({ id, errorCode }),
      receipt: async receipt => {
        await this.storeReceipt(receipt);
        this.receipts.push(receipt);
      },
      call: async call => void this.calls.push(call),
      group: async notice => void this.notices.push(notice),
      groupsStale: () => undefined,
      timeLock: () => undefined,
      names: (lid, pn) => void this.people.push({ lid, pn }),
      alive: () => undefined,
    };
  }
}
