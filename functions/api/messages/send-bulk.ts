import { chatsOf } from "../../../domain/chat/many.ts";
import type { Now } from "../../../domain/clock.ts";
import { optedOutAmong } from "../../../domain/contact/opt-out.ts";
import { DomainError } from "../../../domain/error.ts";
import { type EventRow, eventRow, sessionEvent } from "../../../domain/event/log.ts";
import type { Log } from "../../../domain/log.ts";
import { messageFileKey } from "../../../domain/media/object-key.ts";
import { acceptedAtOnce, acceptMessages } from "../../../domain/message/accept-many.ts";
import { publicMessage, type StoredMessage } from "../../../domain/message/message.ts";
import { outgoingText } from "../../../domain/message/outgoing.ts";
import { outgoingMedia } from "../../../domain/message/outgoing-media.ts";
import { messagesAt } from "../../../domain/message/read-many.ts";
import type { Acceptance } from "../../../domain/message/store.ts";
import { captionLengthMax, textLengthMax } from "../../../domain/message/text.ts";
import { newOutboxRow } from "../../../domain/outbox/store.ts";
import { requireTakesMessages } from "../../../domain/session/not-connected.ts";
import { nextSequence } from "../../../domain/session/sequence.ts";
import type { Session } from "../../../domain/session/session.ts";
import { accepted } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { Rejection, SendBulk } from "./bulk-body.ts";
import { type Addressed, addressed } from "./bulk-recipients.ts";
import type { MediaContext, MessagesContext } from "./context.ts";
import { givenFile } from "./given-file.ts";
import type { MediaMessageRoutes } from "./media-routes.ts";
import { type SharedFile, templateFile } from "./template-file.ts";

/** Of the time that the function has, what it may spend on accepting and on telling, from the request on. */
const acceptWithinMs = 20_000;
const tellWithinMs = 5_000;
const toldAtOnce = 32;

export const sendBulk = (
  routes: MediaMessageRoutes,
  context: MessagesContext & MediaContext,
  { now, log }: { now: Now; log: Log },
) =>
  endpoint(routes.sendBulk, async call => {
    const { body, nowMs, resumed } = call;
    const { db, announcer } = context;
    const session = context.sessions.of(call);
    const said = context.templates.maybe(call)?.body ?? body.text ?? body.media?.caption ?? "";
    const key = messageFileKey({ tenantId: session.tenantId, sessionId: session.id, id: call.newId("msg", "file") });
    const file =
      (await sharedFile(context, body, { upload: context.uploads.maybe(call), key })) ??
      (await templateFile(context, context.templates.maybe(call)));
    const lengths = {
      min: body.media === undefined ? 1 : 0,
      max: file === undefined ? textLengthMax : captionLengthMax,
    };
    const { messages, rejected } = addressed(body, said, lengths);
    const chatOf = await chatsOf(
      db,
      session,
      messages.map(({ to }) => to),
    );
    const written = messages.map(each => {
      const fresh = { id: call.newId("msg", String(each.index)), priority: "low", metadata: {}, ...each } as const;
      const chat = chatOf(each.to);
      if (file === undefined) return { ...each, message: outgoingText(session, chat, fresh, nowMs) };
      const { text, ...rest } = fresh;
      return { ...each, message: outgoingMedia(session, chat, { ...rest, caption: text || null, ...file }, nowMs) };
    });
    const before = resumed ? await thereAlready(db, written) : new Set<string>();
    const chats = written.map(({ to }) => chatOf(to));
    const out = await optedOutAmong(db, session.tenantId, chats);
    const silenced = written.filter(({ to, message }) => out.has(chatOf(to).id) && !before.has(message.id));
    const missing = written.filter(({ to, message }) => !out.has(chatOf(to).id) && !before.has(message.id));
    if (before.size === 0) requireTakesMessages(session);
    const isLate = () => now() - nowMs > acceptWithinMs;
    const { events, refused } = await acceptAll(db, session, missing, { nowMs, isLate, log });
    refused.push(...silenced.map(optedOut));
    const left = new Set(refused.map(({ index }) => index));
    const done = written.filter(({ index }) => !left.has(index));
    await announcer.announce(session, { rings: true });
    // What is not told in time is in the log, and published from there within a minute.
    await inTurns(events, toldAtOnce, async event => {
      if (now() - nowMs < tellWithinMs) await announcer.announce(session, { event, rings: false });
    });
    return accepted({
      accepted: done.length,
      rejected: [...rejected, ...refused].sort((one, other) => one.index - other.index),
      messages: done.map(({ message, given }) => ({ id: message.id, to: given })),
    });
  });

/** The file that everybody gets, or undefined where it is a text. */
async function sharedFile(
  { bucket }: MediaContext,
  { media }: Pick<SendBulk, "media">,
  given: Parameters<typeof givenFile>[2],
): Promise<SharedFile | undefined> {
  if (media === undefined) return undefined;
  const { type, caption: _filledIn, filename, ...source } = media;
  return { type, ...(await givenFile(bucket, { type, filename, media: source }, given)) };
}

type Written = Addressed & { readonly message: StoredMessage };

/** What an earlier run of this very request has accepted. */
async function thereAlready(db: MessagesContext["db"], written: readonly Written[]): Promise<Set<string>> {
  const ids = new Set<string>();
  for (let start = 0; start < written.length; start += 100) {
    const refs = written.slice(start, start + 100).map(({ message }) => message);
    for (const id of (await messagesAt(db, refs)).keys()) ids.add(id);
  }
  return ids;
}

/**
 * Accepts messages in their order, a transaction's worth at a time. Once some are accepted the request is: those that
 * the store does not take then, or that there is no time for, are refused one by one rather than failing it all.
 */
async function acceptAll(
  db: MessagesContext["db"],
  session: Session,
  written: readonly Written[],
  run: { nowMs: number; isLate: () => boolean; log: Log },
): Promise<{ events: EventRow[]; refused: Rejection[] }> {
  const events: EventRow[] = [];
  const refused: Rejection[] = [];
  if (written.length === 0) return { events, refused };
  const lastSequence = await nextSequence(db, session, written.length);
  for (let start = 0; start < written.length; start += acceptedAtOnce) {
    const batch = written.slice(start, start + acceptedAtOnce);
    const rows = batch.map((each, position) => {
      const back = written.length - 1 - start - position;
      return acceptanceAt(session, each, lastSequence - back, run.nowMs);
    });
    try {
      if (run.isLate()) throw new OutOfTime();
      await acceptMessages(db, rows);
      events.push(...rows.map(({ event }) => event));
    } catch (error) {
      if (events.length === 0) throw error;
      run.log.warn("part of a bulk not accepted", { sessionId: session.id, messages: batch.length, error });
      refused.push(...batch.map(unavailable));
    }
  }
  return { events, refused };
}

function acceptanceAt(session: Session, { message, to }: Written, sequence: number, nowMs: number): Acceptance {
  const { id: messageId, chatKey, waMessageId, createdAt } = message;
  const row = newOutboxRow(session, "low", sequence, createdAt);
  const queued = { type: "message.queued", cause: [messageId], data: publicMessage(message) } as const;
  const event = eventRow(sessionEvent(session, sequence, queued, nowMs), nowMs);
  return { message, event, row: { ...row, type: "message.send", messageId, chatKey, to, waMessageId } };
}

function optedOut({ index, given }: Written): Rejection {
  return { index, to: given, code: "opted_out", message: "has asked for no more messages" };
}

function unavailable({ index, given }: Written): Rejection {
  return { index, to: given, code: "unavailable", message: "could not be accepted now; please try again" };
}

/** Does something with each, at most so many at once. */
async function inTurns<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const turn = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await work(next);
  };
  await Promise.all(Array.from({ length: atOnce }, turn));
}

/** The function would be stopped before it could answer. */
class OutOfTime extends DomainError {
  override readonly name = "OutOfTime";
  constructor() {
    super("unavailable", "None of the messages could be accepted in time.");
  }
}
