import type { History, LoggedEvent } from "../history.ts";

const sessionId = "ses_1";
const event = (sequence: number, type: string, more: Partial<LoggedEvent> = {}): LoggedEvent => ({
  id: `evt_${sequence}`,
  type,
  sessionId,
  sequence,
  createdAt: new Date(1_000 * sequence).toISOString(),
  messageId: undefined,
  waMessageId: undefined,
  text: undefined,
  ...more,
});

const of = (n: number) => ({ messageId: `msg_${n}`, waMessageId: `WA${n}`, text: `text ${n}` });
const log = [
  event(1, "session.qr"),
  event(2, "session.connected"),
  event(3, "message.queued", of(1)),
  event(4, "message.queued", of(2)),
  event(5, "message.sent", of(1)),
  event(6, "message.sent", of(2)),
  event(7, "message.received", { messageId: "msg_9", waMessageId: "IN1", text: "in 1" }),
  event(8, "message.received", { messageId: "msg_10", waMessageId: "IN2", text: "in 2" }),
];
const accepted = [1, 2].map(n => ({
  ...of(n),
  sessionId,
  chatId: "c",
  to: "100",
  priority: "normal",
  atMs: n,
}));
const stored = (id: string, waMessageId: string, direction: string, status: string, text: string) => {
  return { id, sessionId, chatId: "c", waMessageId, direction, status, text, file: null };
};

/** A history in which every promise is kept. */
export const quietHistory: History = {
  sessions: [{ id: sessionId, number: "500", linkedAtMs: 2_500 }],
  accepted,
  spoken: [1, 2].map(n => ({ waMessageId: `IN${n}`, from: "100", sessionId, text: `in ${n}`, isFile: false, atMs: n })),
  phones: [1, 2].map(n => ({ number: "100", seq: n, id: `WA${n}`, text: `text ${n}` })),
  stored: [
    stored("msg_1", "WA1", "outbound", "delivered", "text 1"),
    stored("msg_2", "WA2", "outbound", "sent", "text 2"),
    stored("msg_9", "IN1", "inbound", "received", "in 1"),
    stored("msg_10", "IN2", "inbound", "received", "in 2"),
  ],
  read: log,
  log,
  webhooks: log,
  logins: [{ at: new Date(3_000).toISOString(), number: "500", device: 1, replaced: false }],
  phases: [{ atMs: 3_000, hostId: "a", sessionId, to: "connected" }],
  sends: [1, 2].map(n => ({ atMs: 4_000 + n, hostId: "a", sessionId, messageId: `msg_${n}`, epoch: 1 })),
  standstills: [],
  leaseEdits: [],
  keyWrites: [1, 2].map(version => ({ pk: "p", sk: "creds", version, epoch: 1 })),
  spoilt: new Set(),
  injected: [],
};
