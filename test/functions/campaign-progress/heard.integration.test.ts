import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { joinNames } from "../../../domain/chat/join.ts";
import { isoTime } from "../../../domain/clock.ts";
import { sqsDoorbell } from "../../../domain/command/doorbell.ts";
import { newContact } from "../../../domain/contact/change.ts";
import { contactRef } from "../../../domain/contact/contact.ts";
import { findContact, saveContact } from "../../../domain/contact/store.ts";
import { sessionEvent } from "../../../domain/event/log.ts";
import { snsTopic } from "../../../domain/event/publisher.ts";
import { newId } from "../../../domain/id.ts";
import { type Jid, personOf } from "../../../domain/jid.ts";
import { openLog } from "../../../domain/log.ts";
import { newWaMessageId } from "../../../domain/message/message.ts";
import { announcer } from "../../../functions/api/announcer.ts";
import { follow } from "../../../functions/campaign-progress/follow.ts";
import type { Following } from "../../../functions/campaign-progress/following.ts";
import { eventTeller } from "../../../functions/event-teller.ts";
import { type EmulatedAws, emulatedAws } from "../../emulated-aws.ts";
import { PacingStage } from "../campaign-pacer/pacing-stage.ts";

let aws: EmulatedAws;
let following: Following;
const nowMs = Date.parse("2026-11-23T08:00:00.000Z");
beforeAll(async () => {
  aws = await emulatedAws();
  Object.assign(process.env, aws.environment);
  const log = openLog({ name: "test", level: "fatal" });
  const telling = { db: aws.db, topic: snsTopic(aws.environment.EVENT_TOPIC_ARN ?? ""), now: () => nowMs, log };
  const doorbell = sqsDoorbell(aws.environment.COMMAND_QUEUE_URL ?? "");
  following = { ...telling, announcer: announcer({ ...telling, doorbell }), events: eventTeller(telling) };
});
afterAll(() => aws[Symbol.asyncDispose]());

/** What a person writes in a chat, heard as its event. */
function heard(stage: PacingStage, chatId: Jid, from: Jid, text: string, afterMs = 60_000) {
  const at = isoTime(nowMs + afterMs);
  const id = newId("msg", nowMs);
  const data = {
    id,
    sessionId: stage.sessionId,
    chatId,
    direction: "inbound",
    source: "phone",
    type: "text",
    text,
    media: null,
    status: "received",
    error: null,
    campaignId: null,
    quotedMessageId: null,
    from: personOf({ jid: from }),
    to: null,
    priority: null,
    waMessageId: newWaMessageId(),
    metadata: {},
    createdAt: at,
    updatedAt: at,
  };
  const session = { tenantId: stage.tenantId, id: stage.sessionId, metadata: {} };
  const event = { type: "message.received", cause: [id], data } as const;
  return follow(following, sessionEvent(session, 1, event, nowMs + afterMs));
}

async function campaignTo(jid: Jid) {
  const stage = new PacingStage(aws, nowMs);
  await stage.connect({ firstContactsPerDay: null });
  const campaign = await stage.campaign([{ jid }]);
  await stage.pass(10_000);
  expect(stage.accepted).toHaveLength(1);
  return { stage, campaign };
}

describe("an answer to a campaign", () => {
  it("is known as one, and heeded, where WhatsApp knows the person under another spelling of the number", async () => {
    const [written, known] = ["5511987654321@s.whatsapp.net", "551187654321@s.whatsapp.net"] as const;
    const { stage, campaign } = await campaignTo(written);
    const session = { tenantId: stage.tenantId, id: stage.sessionId };
    await joinNames(aws.db, session, { known, other: written });
    await heard(stage, known, known, "STOP");
    expect((await stage.seen(campaign)).replied).toBe(1);
    const contact = await findContact(aws.db, contactRef(stage.tenantId, "+551187654321"));
    expect(contact?.optedOut).toBe(true);
  });

  it("opts out the contact that the customer has of the person, however it spells the number, and in again", async () => {
    const [written, known] = ["5511976543210@s.whatsapp.net", "551176543210@s.whatsapp.net"] as const;
    const { stage } = await campaignTo(written);
    const ref = contactRef(stage.tenantId, "+5511976543210");
    const made = { cause: "made by the customer", nowMs };
    await saveContact(aws.db, ref, made, () => newContact(stage.tenantId, "+5511976543210", { name: "Ana" }, made));
    await joinNames(aws.db, { tenantId: stage.tenantId, id: stage.sessionId }, { known, other: written });
    await heard(stage, known, known, "STOP");
    expect(await findContact(aws.db, ref)).toMatchObject({ name: "Ana", optedOut: true });
    // Two contacts of one person would be one to opt in too many.
    expect(await findContact(aws.db, contactRef(stage.tenantId, "+551176543210"))).toBeUndefined();
    await heard(stage, known, known, "start", 120_000);
    expect(await findContact(aws.db, ref)).toMatchObject({ optedOut: false });
  });

  it("that is said in a group opts nobody out", async () => {
    const group = "120363041234567890@g.us";
    const person = "5511987650000@s.whatsapp.net";
    const { stage, campaign } = await campaignTo(group);
    await heard(stage, group, person, "STOP");
    expect((await stage.seen(campaign)).replied).toBe(1);
    expect(await findContact(aws.db, contactRef(stage.tenantId, "+5511987650000"))).toBeUndefined();
  });
});
