import { ScanCommand } from "@aws-sdk/lib-dynamodb";
import { chatOf } from "../../domain/chat/chat.ts";
import { isoTime, type Now, systemNow } from "../../domain/clock.ts";
import { sqsDoorbell } from "../../domain/command/doorbell.ts";
import { transact } from "../../domain/dynamodb/transaction.ts";
import { parseEnvironment } from "../../domain/environment.ts";
import type { WasaasEvent } from "../../domain/event/event.ts";
import { EventRow, eventRow, sessionEvent } from "../../domain/event/log.ts";
import { type Id, newId } from "../../domain/id.ts";
import type { Jid } from "../../domain/jid.ts";
import { type Log, openLog } from "../../domain/log.ts";
import { newWaMessageId, type StoredMessage } from "../../domain/message/message.ts";
import { outgoingText } from "../../domain/message/outgoing.ts";
import { acceptMessage, findMessage, listMessages } from "../../domain/message/store.ts";
import type { MessageChange, Priority } from "../../domain/outbox/outbox.ts";
import { newOutboxRow, putOutboxRow } from "../../domain/outbox/store.ts";
import { cursorsFor } from "../../domain/page.ts";
import { requestControl } from "../../domain/session/control.ts";
import { newSession } from "../../domain/session/new-session.ts";
import { nextSequence } from "../../domain/session/sequence.ts";
import type { Session, SessionStatus } from "../../domain/session/session.ts";
import { createSession, findSession, stopSession } from "../../domain/session/store.ts";
import type { AwsHooks } from "../../local/installation/cloud.ts";
import { SocketHostEnvironment } from "../../socket-host/environment.ts";
import { type RunningHost, startHost } from "../../socket-host/start-host.ts";
import { shardCountOfTests } from "../emulated-aws.ts";
import { eventually } from "../eventually.ts";
import { Stage } from "./baileys/stage.ts";

const versionParameter = "/test/whatsapp-version";
export const jidOf = (name: string) => (name.includes("@") ? name : `${name}@s.whatsapp.net`) as Jid;

/** Whole socket hosts in this process, over the emulated AWS and the simulated WhatsApp, and what the API does to them. */
export class HostStage {
  readonly stage: Stage;
  readonly log: Log = openLog({ name: "test", level: process.env.TEST_LOG ?? "silent" });
  readonly #hosts: RunningHost[] = [];
  readonly #environment: Record<string, string>;

  constructor(stage: Stage) {
    this.stage = stage;
    this.#environment = {
      ...stage.aws.environment,
      WHATSAPP_VERSION_PARAMETER: versionParameter,
      WHATSAPP_VERSION_URL: `${stage.whatsapp.controlUrl}/sw.js`,
      HEALTH_PORT: "0",
    };
    stage.aws.installed.front.parameters.seed(versionParameter, "default");
  }

  static async open(options: AwsHooks & { qrLifetimeMs?: number; deviceName?: string } = {}): Promise<HostStage> {
    return new HostStage(await Stage.open(options));
  }

  /** A host that holds a session linked to the phone `owner`, and the phone of somebody it talks to. */
  static async talking(owner: string, peer: string): Promise<{ stage: HostStage; session: Session }> {
    const stage = await HostStage.open();
    await stage.control.createPhone(peer, "Peer");
    await stage.host();
    return { stage, session: await stage.linked(owner) };
  }

  get db() {
    return this.stage.aws.db;
  }

  get control() {
    return this.stage.control;
  }

  /** What a socket host finds in its environment when it is a process of its own. */
  get processEnvironment(): Record<string, string> {
    const { websocketUrl, noiseRoot } = this.stage.whatsapp;
    return {
      ...this.#environment,
      WA_WEBSOCKET_URL: websocketUrl,
      WA_NOISE_ROOT: noiseRoot.toString("base64"),
    };
  }

  async host(environment: Record<string, string> = {}, options: { now?: Now; log?: Log } = {}): Promise<RunningHost> {
    const host = await startHost({
      environment: parseEnvironment(SocketHostEnvironment, { ...this.#environment, ...environment }),
      engine: this.stage.engine,
      log: options.log ?? this.log,
      now: options.now ?? systemNow,
      monotonic: () => performance.now(),
      random: Math.random,
    });
    this.#hosts.push(host);
    return host;
  }

  async stop(host: RunningHost): Promise<void> {
    this.#hosts.splice(this.#hosts.indexOf(host), 1);
    await host.stop();
  }

  async kill(host: RunningHost): Promise<void> {
    this.#hosts.splice(this.#hosts.indexOf(host), 1);
    await host.kill();
  }

  async close(): Promise<void> {
    await Promise.all(this.#hosts.map(host => host.stop()));
    await this.stage.close();
  }

  /** A session as `POST /api/sessions` makes it; in a shard, if told. */
  async createSession(options: { rings?: boolean; pairingNumber?: string; shard?: number } = {}): Promise<Session> {
    const nowMs = Date.now();
    const { pairingNumber, shard } = options;
    const fresh = () =>
      newSession(
        { id: newId("ses", nowMs), tenantId: newId("ten", nowMs), metadata: { team: "blue" }, pairingNumber },
        shardCountOfTests,
        nowMs,
      );
    let session = fresh();
    while (shard !== undefined && session.shard !== shard) session = fresh();
    const event = await this.#event(session, "session.status", ["created"], {});
    await createSession(this.db, session, event, null);
    if (options.rings !== false) await this.ring(session);
    return session;
  }

  async ring(session: Session): Promise<void> {
    const command = { type: "session.work", tenantId: session.tenantId, sessionId: session.id } as const;
    await sqsDoorbell(this.#environment.COMMAND_QUEUE_URL ?? "").ring(session.shard, command);
  }

  async read(session: Session): Promise<Session> {
    const found = await findSession(this.db, session.tenantId, session.id);
    if (found === undefined) throw new Error("the session is gone");
    return found;
  }

  until(session: Session, status: SessionStatus, timeoutMs?: number): Promise<Session> {
    return eventually(
      `session to be ${status}`,
      async () => {
        const now = await this.read(session);
        return now.status === status && now;
      },
      timeoutMs,
    );
  }

  async scan(session: Session, number: string): Promise<Session> {
    const { qr } = await this.until(session, "qr");
    await this.control.scan(number)(qr?.code ?? "");
    return this.until(session, "connected");
  }

  /** A connected session, linked to a new phone with this number. */
  async linked(number: string): Promise<Session> {
    await this.control.createPhone(number, `Phone ${number}`);
    return this.scan(await this.createSession(), number);
  }

  /** A text as `POST /api/messages/send` accepts it. */
  async accept(
    session: Session,
    to: string,
    text: string,
    options: {
      priority?: Priority;
      rings?: boolean;
      acceptedAtMs?: number;
      quotedMessageId?: Id<"msg">;
      mentions?: string[];
    } = {},
  ): Promise<StoredMessage> {
    const nowMs = options.acceptedAtMs ?? Date.now();
    const priority = options.priority ?? "normal";
    const chat = await chatOf(this.db, session, jidOf(to));
    const { quotedMessageId, mentions = [] } = options;
    const about = { quotedMessageId, mentions: mentions.map(jidOf) };
    const fresh = { id: newId("msg", nowMs), to: jidOf(to), text, priority, metadata: {}, ...about };
    const message = outgoingText(await this.read(session), chat, fresh, nowMs);
    const row = newOutboxRow(session, priority, await nextSequence(this.db, session), isoTime(nowMs));
    const { id: messageId, chatKey, waMessageId } = message;
    const send = { ...row, type: "message.send", messageId, chatKey, to: jidOf(to), waMessageId } as const;
    const event = await this.#event(session, "message.queued", [message.id], {});
    await acceptMessage(this.db, { message, row: send, event });
    if (options.rings !== false) await this.ring(session);
    return message;
  }

  /** A change of a message as the API accepts it; answers the WhatsApp id that it goes out under. */
  async change(session: Session, message: StoredMessage, change: MessageChange): Promise<string> {
    const row = newOutboxRow(session, "normal", await nextSequence(this.db, session), isoTime(Date.now()));
    const waMessageId = newWaMessageId();
    const about = { messageId: message.id, chatKey: message.chatKey, to: jidOf(message.chatId), waMessageId, change };
    await transact(this.db, [putOutboxRow(this.db, { ...row, ...about, type: "message.change" })]);
    await this.ring(session);
    return waMessageId;
  }

  async message(message: StoredMessage): Promise<StoredMessage> {
    const found = await findMessage(this.db, message);
    if (found === undefined) throw new Error("the message is gone");
    return found;
  }

  untilMessage(message: StoredMessage, status: StoredMessage["status"], timeoutMs?: number): Promise<StoredMessage> {
    return eventually(
      `message to be ${status}`,
      async () => {
        const now = await this.message(message);
        return now.status === status && now;
      },
      timeoutMs,
    );
  }

  async history(session: Session, jid: string): Promise<StoredMessage[]> {
    const chat = await chatOf(this.db, session, jid as Jid);
    const page = { limit: 100, cursors: cursorsFor("key", []) };
    return (await listMessages(this.db, { tenantId: session.tenantId, sessionId: session.id }, chat, page)).data;
  }

  /** The message of a chat that WhatsApp calls so, once the session has it. */
  stored(session: Session, chat: string, id: string): Promise<StoredMessage> {
    return eventually("the message in the history", async () =>
      (await this.history(session, jidOf(chat))).find(({ waMessageId }) => waMessageId === id),
    );
  }

  /** As `POST /api/sessions/:id/restart` asks for it. */
  async restart(session: Session): Promise<void> {
    const row = newOutboxRow(session, "control", await nextSequence(this.db, session), isoTime(Date.now()));
    await requestControl(this.db, session, { ...row, type: "session.restart" });
    await this.ring(session);
  }

  /** As `DELETE /api/sessions/:id` asks for it. */
  async delete(session: Session, erase = false): Promise<void> {
    const row = newOutboxRow(session, "control", await nextSequence(this.db, session), isoTime(Date.now()));
    const event = await this.#event(session, "session.status", ["stopped"], {});
    await stopSession(this.db, await this.read(session), { ...row, type: "session.unlink", erase }, event, Date.now());
    await this.ring(session);
  }

  /** Every event of a session, by sequence. */
  async events(session: Session): Promise<WasaasEvent[]> {
    const rows = await this.items("events");
    const events = rows.map(row => EventRow.parse(row).event).filter(event => event.sessionId === session.id);
    return events.sort((a, b) => a.sequence - b.sequence);
  }

  async items(table: "events" | "messages" | "chats" | "outbox" | "keys" | "leases" | "sessions") {
    const items: Record<string, unknown>[] = [];
    let ExclusiveStartKey: Record<string, unknown> | undefined;
    do {
      const page = await this.db.client.send(new ScanCommand({ TableName: this.db.table[table], ExclusiveStartKey }));
      items.push(...(page.Items ?? []));
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
    return items;
  }

  async #event(session: Session, type: WasaasEvent["type"], cause: string[], data: WasaasEvent["data"]) {
    const sequence = await nextSequence(this.db, session);
    return eventRow(sessionEvent(session, sequence, { type, cause, data }, Date.now()), Date.now());
  }
}
