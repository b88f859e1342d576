import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { StoredAudience } from "../../../domain/campaign/audience.ts";
import type { StoredCampaign } from "../../../domain/campaign/campaign.ts";
import { changeCampaign } from "../../../domain/campaign/change-status.ts";
import { dueCampaigns } from "../../../domain/campaign/due.ts";
import { putCampaign } from "../../../domain/campaign/item.ts";
import { findPace } from "../../../domain/campaign/pace-row.ts";
import type { StoredRecipient } from "../../../domain/campaign/recipient.ts";
import { markDeleted } from "../../../domain/campaign/store.ts";
import { chatByName } from "../../../domain/chat/chat.ts";
import { touchChat } from "../../../domain/chat/chat-row.ts";
import { joinNames } from "../../../domain/chat/join.ts";
import { isoTime } from "../../../domain/clock.ts";
import { contactRef, type GivenContact } from "../../../domain/contact/contact.ts";
import { saveRows } from "../../../domain/contact/save-rows.ts";
import { deleteContact } from "../../../domain/contact/store.ts";
import { transact } from "../../../domain/dynamodb/transaction.ts";
import { listEvents } from "../../../domain/event/listing.ts";
import { type Id, newId } from "../../../domain/id.ts";
import type { Jid } from "../../../domain/jid.ts";
import { outgoingText } from "../../../domain/message/outgoing.ts";
import { cursorsFor } from "../../../domain/page.ts";
import { type EmulatedAws, emulatedAws } from "../../emulated-aws.ts";
import { fileAudience, materialiserOf, recipientsOf, rowOf, startedCampaign } from "../campaign-audiences.ts";

let aws: EmulatedAws;
/** Counts the calls to the tables, and ends the process, so to speak, before one of them. */
let calls = 0;
let fatalCall = Number.POSITIVE_INFINITY;
beforeAll(async () => {
  aws = await emulatedAws({
    intercept: ({ service }) => {
      if (service !== "dynamodb") return undefined;
      return ++calls === fatalCall ? { error: "AccessDeniedException" } : undefined;
    },
  });
});
afterAll(() => aws[Symbol.asyncDispose]());

const newTenant = () => newId("ten", Date.now());
const numberOf = (at: number) => `+55119${String(10_000_000 + at)}`;
const jidOf = (at: number): Jid => `55119${String(10_000_000 + at)}@s.whatsapp.net`;

const saveContacts = (tenantId: Id<"ten">, given: GivenContact[]) =>
  saveRows(
    aws.db,
    tenantId,
    given.map((each, index) => ({ index, given: each })),
    { cause: String(Math.random()), nowMs: Date.now() },
  );

type Given = Parameters<typeof startedCampaign> extends [unknown, ...infer Rest] ? Rest : never;
const started = (...given: Given) => startedCampaign(aws, ...given);

/** What became of each, in short. */
const outcomes = (recipients: readonly StoredRecipient[]) =>
  recipients.map(({ to, status, reason, variables }) => [to, reason ?? status, ...Object.values(variables)]);

async function made(campaign: StoredCampaign, given = {}): Promise<StoredRecipient[]> {
  const materialiser = materialiserOf(aws, given);
  await materialiser.workOff(campaign);
  expect(materialiser.rung).toEqual([campaign.sessionId]);
  return recipientsOf(aws, campaign);
}

async function expectConsistent(campaign: StoredCampaign): Promise<StoredCampaign> {
  const row = await rowOf(aws, campaign.tenantId, campaign.id);
  const recipients = await recipientsOf(aws, campaign);
  const { total, ...counts } = row.stats;
  expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(total);
  expect(recipients.map(({ position }) => position)).toEqual(recipients.map((_, position) => position));
  expect({ total, pending: counts.pending, skipped: counts.skipped }).toEqual({
    total: recipients.length,
    pending: recipients.filter(({ status }) => status === "pending").length,
    skipped: recipients.filter(({ status }) => status === "skipped").length,
  });
  return row;
}

describe("an audience of recipients in the request", () => {
  it("becomes one pending recipient a chat, with its variables, and a reason for each who gets nothing", async () => {
    const tenantId = newTenant();
    await saveContacts(tenantId, [
      { phoneNumber: numberOf(1), name: "Ana", customFields: { city: "Lima" } },
      { phoneNumber: numberOf(2), name: "Out", optedOut: true },
    ]);
    const entries = [
      { to: numberOf(1) },
      { to: numberOf(2), variables: { name: "Rui" } },
      { to: jidOf(1), variables: { name: "Again" } },
      { to: numberOf(3), variables: { name: "Eva", city: "Rome" } },
      { to: numberOf(4), variables: { name: "Lee" } },
      { to: "not a number" },
      { to: numberOf(1), variables: { name: "Own", city: "Own" } },
    ];
    const campaign = await started(tenantId, { kind: "recipients", entries }, { body: "{{name}} in {{city}}" });
    expect(outcomes(await made(campaign))).toEqual([
      [numberOf(1), "pending", "Ana", "Lima"],
      [numberOf(2), "opted_out"],
      [jidOf(1), "duplicate"],
      [numberOf(3), "pending", "Eva", "Rome"],
      [numberOf(4), "missing_variable"],
      ["not a number", "invalid_number"],
      [numberOf(1), "duplicate"],
    ]);
    const row = await expectConsistent(campaign);
    expect(row).toMatchObject({ status: "running", materialised: true, stats: { total: 7, pending: 2, skipped: 5 } });
    const paced = { tenantId, sessionId: campaign.sessionId };
    expect(await findPace(aws.db, paced)).toMatchObject({ campaigns: new Set([campaign.id]) });
  });

  it("takes a recipient's own variables before the fields of the contact", async () => {
    const tenantId = newTenant();
    await saveContacts(tenantId, [{ phoneNumber: numberOf(1), name: "Ana", email: "ana@example.com" }]);
    const entries = [{ to: numberOf(1), variables: { name: "Dr Souza" } }];
    const campaign = await started(tenantId, { kind: "recipients", entries }, { body: "{{name}} {{email}} {{phone}}" });
    expect(outcomes(await made(campaign))).toEqual([
      [numberOf(1), "pending", "Dr Souza", "ana@example.com", numberOf(1)],
    ]);
  });

  it("knows one person under a number and a LID as one, and whom the session has written with before", async () => {
    const tenantId = newTenant();
    const sessionId = newId("ses", Date.now());
    const session = { id: sessionId, tenantId, phone: null };
    const lid: Jid = "7700112233@lid";
    await joinNames(aws.db, session, { known: jidOf(1), other: lid });
    const fresh = { id: newId("msg", Date.now()), to: jidOf(2), text: "Hi", priority: "normal", metadata: {} } as const;
    const message = outgoingText(session, chatByName(jidOf(2)), fresh, Date.now());
    await touchChat(aws.db, message);
    const entries = [{ to: lid }, { to: numberOf(1) }, { to: numberOf(2) }];
    const campaign = await started(tenantId, { kind: "recipients", entries }, { body: "Hello", sessionId });
    const recipients = await made(campaign);
    expect(outcomes(recipients)).toEqual([
      [lid, "pending"],
      [numberOf(1), "duplicate"],
      [numberOf(2), "pending"],
    ]);
    expect(recipients.map(({ firstContact }) => firstContact)).toEqual([true, true, false]);
  });

  it("skips whoever opted out under another spelling of the number", async () => {
    const tenantId = newTenant();
    const sessionId = newId("ses", Date.now());
    const [written, known] = ["5511987654321", "551187654321"] as const;
    const names = { known: `${known}@s.whatsapp.net`, other: `${written}@s.whatsapp.net` } as const;
    await joinNames(aws.db, { id: sessionId, tenantId }, names);
    await saveContacts(tenantId, [
      { phoneNumber: `+${written}`, name: "Ana" },
      { phoneNumber: `+${known}`, optedOut: true },
    ]);
    const entries = [contactRef(tenantId, `+${written}`).id];
    const byId = await started(tenantId, { kind: "contacts", entries }, { sessionId });
    expect(outcomes(await made(byId))).toEqual([[`+${written}`, "opted_out"]]);
    await saveContacts(tenantId, [{ phoneNumber: `+${known}`, optedOut: false }]);
    const inline = await started(
      tenantId,
      { kind: "recipients", entries: [{ to: known }, { to: written }] },
      { sessionId },
    );
    expect(outcomes(await made(inline))).toEqual([
      [known, "pending", "Ana"],
      [written, "duplicate"],
    ]);
  });

  it("knows two spellings of one number as one person before WhatsApp has said so, whichever comes first", async () => {
    const entries = [
      { to: "551187654321" },
      { to: "+5511987654321" },
      { to: "+5511976543210" },
      { to: "551176543210" },
      // A landline and a mobile: two people.
      { to: "551144445555" },
      { to: "5511944445555" },
    ];
    const campaign = await started(newTenant(), { kind: "recipients", entries }, { body: "Hello" });
    expect(outcomes(await made(campaign))).toEqual([
      ["551187654321", "pending"],
      ["+5511987654321", "duplicate"],
      ["+5511976543210", "pending"],
      ["551176543210", "duplicate"],
      ["551144445555", "pending"],
      ["5511944445555", "pending"],
    ]);
  });

  it("of nobody who can be written to has the campaign handed to the pacer all the same", async () => {
    const campaign = await started(newTenant(), { kind: "recipients", entries: [{ to: "x" }] });
    await made(campaign);
    expect(await expectConsistent(campaign)).toMatchObject({ materialised: true, stats: { total: 1, skipped: 1 } });
  });
});

describe("an audience of contacts", () => {
  it("by id takes each as it is now, and skips the deleted", async () => {
    const tenantId = newTenant();
    await saveContacts(tenantId, [
      { phoneNumber: numberOf(1), name: "Ana" },
      { phoneNumber: numberOf(2), name: "Rui" },
    ]);
    const entries = [1, 2].map(at => contactRef(tenantId, numberOf(at)).id);
    const campaign = await started(tenantId, { kind: "contacts", entries });
    const gone = { tenantId, id: entries[1] as Id<"con"> };
    await deleteContact(aws.db, gone, { cause: "gone", nowMs: Date.now() });
    const recipients = await made(campaign);
    expect(outcomes(recipients)).toEqual([
      [numberOf(1), "pending", "Ana"],
      ["", "contact_deleted"],
    ]);
    expect(recipients.map(({ contactId }) => contactId)).toEqual(entries);
  });

  it("by tags takes whoever has one of them once, and what is tagged later changes nothing", async () => {
    const tenantId = newTenant();
    const people = Array.from({ length: 130 }, (_, at) => ({
      phoneNumber: numberOf(at),
      name: `Person ${at}`,
      tags: at % 2 === 0 ? ["even", "all"] : ["odd", "all"],
    }));
    await saveContacts(tenantId, people);
    await saveContacts(tenantId, [{ phoneNumber: numberOf(500), name: "Nobody", tags: ["other"] }]);
    const campaign = await started(tenantId, { kind: "tags", tags: ["even", "all"] });
    const recipients = await made(campaign);
    expect(new Set(recipients.map(({ to }) => to))).toEqual(new Set(people.map(({ phoneNumber }) => phoneNumber)));
    expect(recipients).toHaveLength(130);
    expect(recipients.every(({ status }) => status === "pending")).toBe(true);
    await saveContacts(tenantId, [{ phoneNumber: numberOf(501), name: "Late", tags: ["all"] }]);
    await materialiserOf(aws).workOff(campaign);
    expect(await recipientsOf(aws, campaign)).toHaveLength(130);
  });
});

describe("an audience in an uploaded file", () => {
  it("takes its columns as variables, whatever its spelling of numbers", async () => {
    const tenantId = newTenant();
    const text = `Phone;name;Order\n${numberOf(1)};Ana;A-1\n"+55 (11) 91000-0002";Rui;A-2\n;Nobody;A-3\n${numberOf(1)};Ana;A-4\n`;
    const campaign = await started(tenantId, await fileAudience(tenantId, text), { body: "{{name}}: {{Order}}" });
    expect(outcomes(await made(campaign))).toEqual([
      [numberOf(1), "pending", "Ana", "A-1"],
      ["+55 (11) 91000-0002", "pending", "Rui", "A-2"],
      ["", "invalid_number"],
      [numberOf(1), "duplicate"],
    ]);
  });

  it("of thousands is read from message to message where time is short", async () => {
    const tenantId = newTenant();
    const rows = Array.from({ length: 1_200 }, (_, at) => `${numberOf(at)},Person ${at}`).join("\n");
    const campaign = await started(tenantId, await fileAudience(tenantId, `phone,name\n${rows}\n`));
    const materialiser = materialiserOf(aws, { mayGoOn: () => false });
    expect(await materialiser.workOff(campaign)).toBeGreaterThan(20);
    const recipients = await recipientsOf(aws, campaign);
    expect(outcomes(recipients)).toEqual(
      Array.from({ length: 1_200 }, (_, at) => [numberOf(at), "pending", `Person ${at}`]),
    );
    await expectConsistent(campaign);
  });

  it("that cannot be read to its end pauses the campaign, which says why, and nothing is sent", async () => {
    const tenantId = newTenant();
    const text = `phone,name\n${numberOf(1)},"Ana\n${"x".repeat(70_000)}`;
    const campaign = await started(tenantId, await fileAudience(tenantId, text));
    await expectPaused(campaign, "audience_unreadable");
  });

  it("that is not UTF-8 pauses the campaign, before it spoils anybody's name", async () => {
    const tenantId = newTenant();
    const text = Buffer.from(`phone,name\n${numberOf(1)},Ana\n${numberOf(2)},José\n`, "latin1");
    const campaign = await started(tenantId, await fileAudience(tenantId, text));
    await expectPaused(campaign, "audience_unreadable");
  });

  it("that is gone pauses the campaign", async () => {
    const tenantId = newTenant();
    const audience: StoredAudience = { kind: "file", mediaId: newId("med", Date.now()), size: 100 };
    const campaign = await started(tenantId, audience);
    await expectPaused(campaign, "audience_unreadable");
  });
});

describe("an audience of more than 100,000", () => {
  it("pauses the campaign, which says why, and nothing is sent", async () => {
    const tenantId = newTenant();
    await saveContacts(
      tenantId,
      [1, 2].map(at => ({ phoneNumber: numberOf(at), name: "Ana", tags: ["many"] })),
    );
    const campaign = await started(tenantId, { kind: "tags", tags: ["many"] });
    const all = { ...campaign, materialising: { position: 99_999, place: null } };
    await transact(aws.db, [putCampaign(aws.db, all, campaign, Date.now())]);
    await expectPaused(campaign, "audience_too_large");
  });
});

async function expectPaused(campaign: StoredCampaign, pausedReason: string): Promise<void> {
  const materialiser = materialiserOf(aws);
  await materialiser.workOff(campaign);
  expect(await rowOf(aws, campaign.tenantId, campaign.id)).toMatchObject({ status: "paused", pausedReason });
  expect(materialiser.rung).toEqual([]);
  const query = { limit: 100, cursors: cursorsFor("key", []), nowMs: Date.now() + 10_000 };
  const events = (await listEvents(aws.db, campaign.tenantId, query)).data.map(({ type }) => type);
  expect(events).toEqual(["campaign.started", "campaign.paused"]);
}

describe("making recipients", () => {
  /** Everything an audience may hold, over more than one transaction. */
  const entries = Array.from({ length: 120 }, (_, at) => {
    if (at % 17 === 3) return { to: "nobody" };
    if (at % 19 === 5) return { to: numberOf(at) };
    return { to: numberOf(at % 100), variables: { name: `Person ${at}` } };
  });
  const stripped = (recipients: readonly StoredRecipient[]) =>
    recipients.map(({ campaignId: _, tenantId: __, ...rest }) => rest);

  it("leaves the same rows wherever it is killed and however often it is asked", { timeout: 120_000 }, async () => {
    const tenantId = newTenant();
    const reference = await started(tenantId, { kind: "recipients", entries });
    calls = 0;
    const expected = stripped(await made(reference));
    const needed = calls;
    expect(needed).toBeGreaterThan(8);
    for (let fatal = 1; fatal <= needed; fatal++) {
      const campaign = await started(tenantId, { kind: "recipients", entries });
      const materialiser = materialiserOf(aws);
      calls = 0;
      fatalCall = fatal;
      await materialiser.step(campaign).catch(() => undefined);
      fatalCall = Number.POSITIVE_INFINITY;
      await Promise.all([materialiser.workOff(campaign), materialiser.step(campaign)]);
      expect(stripped(await recipientsOf(aws, campaign))).toEqual(expected);
      expect(await expectConsistent(campaign)).toMatchObject({ materialised: true });
    }
  });

  it("obeys any order of starting, pausing, resuming, cancelling and being carried on", {
    timeout: 120_000,
  }, async () => {
    const tenantId = newTenant();
    const command = fc.constantFrom("pause", "resume", "cancel", "step", "step", "step");
    const model = { pause: "running", resume: "paused" } as const;
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 8 }), async commands => {
        const campaign = await started(tenantId, { kind: "recipients", entries });
        const materialiser = materialiserOf(aws, { mayGoOn: () => false });
        let status: string = "running";
        for (const each of commands) {
          const before = await recipientsOf(aws, campaign);
          if (each === "step") {
            await materialiser.step(campaign);
            if (status !== "running") expect(await recipientsOf(aws, campaign)).toEqual(before);
            continue;
          }
          const allowed = each === "cancel" ? status !== "cancelled" : status === model[each];
          const change = { action: each, nowMs: Date.now(), reason: "requested" } as never;
          const done = await changeCampaign(aws.db, campaign, change).then(
            () => true,
            (error: { code?: string }) => {
              expect(error.code).toBe("invalid_transition");
              return false;
            },
          );
          expect(done).toBe(allowed);
          if (done) status = { pause: "paused", resume: "running", cancel: "cancelled" }[each];
        }
        expect(await expectConsistent(campaign)).toMatchObject({ status });
      }),
      { numRuns: 15 },
    );
  });

  it("is undone in steps where the campaign is deleted, and no sweep begins a second one beside them", async () => {
    const tenantId = newTenant();
    const campaign = await started(tenantId, { kind: "recipients", entries });
    await made(campaign);
    await changeCampaign(aws.db, campaign, { action: "cancel", nowMs: Date.now() });
    const atMs = Date.now();
    await markDeleted(aws.db, await rowOf(aws, tenantId, campaign.id), isoTime(atMs));
    const dueAt = async (ms: number) => (await dueCampaigns(aws.db, ms, 1_000)).map(({ id }) => id);
    expect(await dueAt(atMs + 200_000)).toContain(campaign.id);
    const materialiser = materialiserOf(aws, { mayGoOn: () => false, now: () => atMs + 119_000 });
    await materialiser.step(campaign);
    expect(await dueAt(atMs + 200_000)).not.toContain(campaign.id);
    expect(await dueAt(atMs + 240_000)).toContain(campaign.id);
    await materialiser.workOff(campaign);
    expect(await recipientsOf(aws, campaign)).toEqual([]);
    expect(await dueAt(atMs + 240_000)).not.toContain(campaign.id);
  });

  it("ends where the campaign is cancelled in between", async () => {
    const tenantId = newTenant();
    const campaign = await started(tenantId, { kind: "recipients", entries });
    const materialiser = materialiserOf(aws, { mayGoOn: () => false });
    await materialiser.step(campaign);
    await changeCampaign(aws.db, campaign, { action: "cancel", nowMs: Date.now() });
    await materialiser.workOff(campaign);
    expect(await expectConsistent(campaign)).toMatchObject({ status: "cancelled", stats: { total: 49 } });
    expect(materialiser.rung).toEqual([]);
  });
});
