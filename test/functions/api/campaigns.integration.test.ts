import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { contentOf } from "../../../domain/campaign/store.ts";
import { mediaBucketOfTests } from "../../emulated-aws.ts";
import { type Answered, expectProblem } from "../front-door.ts";
import { CampaignDesk, recipients } from "./campaign-desk.ts";
import { linkedSession } from "./linked-session.ts";

let campaigns: CampaignDesk;
beforeAll(async () => {
  campaigns = await CampaignDesk.open();
});
afterAll(() => campaigns.close());

const fields = ({ body: { errors = [] } }: Answered) => errors.map(({ path }: { path: string }) => path);

describe("POST /api/campaigns", () => {
  it("answers 201 with a draft, as it was given, and nobody in it yet", async () => {
    const answer = await campaigns.create({
      pace: { messagesPerMinute: 10 },
      quietHours: { start: "21:00", end: "08:00", timeZone: "America/Sao_Paulo" },
      metadata: { team: "sales" },
    });
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({
      id: expect.stringMatching(/^cmp_/),
      name: "Spring sale",
      sessionId: campaigns.session.id,
      text: "Hello {{name}}",
      template: null,
      media: null,
      audience: { recipients: { count: 2 } },
      pace: { messagesPerMinute: 10, jitter: 0.5 },
      quietHours: { start: "21:00", end: "08:00", timeZone: "America/Sao_Paulo" },
      scheduledAt: null,
      metadata: { team: "sales" },
      status: "draft",
      pausedReason: null,
      waiting: null,
      stats: { total: 0, pending: 0, queued: 0, sent: 0, delivered: 0, read: 0, failed: 0, skipped: 0 },
      replied: 0,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
      startedAt: null,
      finishedAt: null,
    });
    expect(await campaigns.get(answer.body.id)).toEqual(answer.body);
    expect((await campaigns.ask("GET", `/${answer.body.id}/recipients`)).body).toEqual({ data: [], nextCursor: null });
  });

  it("is scheduled where it has a time in the future, in any time zone, and refused where that has passed", async () => {
    const { body } = await campaigns.create({ scheduledAt: "2035-01-01T09:00:00+03:00" });
    expect(body).toMatchObject({ status: "scheduled", scheduledAt: "2035-01-01T06:00:00.000Z" });
    const past = await campaigns.create({ scheduledAt: "2020-01-01T09:00:00Z" });
    expect(fields(expectProblem(past, 400, "validation_failed"))).toEqual(["body.scheduledAt"]);
  });

  it.each([
    ["no content", { text: undefined }, "body.text"],
    ["two contents", { media: { type: "image", url: "https://example.com/a.png" } }, "body.text"],
    ["a pace of nothing", { pace: { messagesPerMinute: 0 } }, "body.pace.messagesPerMinute"],
    ["too much jitter", { pace: { jitter: 2 } }, "body.pace.jitter"],
    [
      "an unknown time zone",
      { quietHours: { start: "21:00", end: "08:00", timeZone: "Mars" } },
      "body.quietHours.timeZone",
    ],
    ["a time that is none", { quietHours: { start: "25:00", end: "08:00", timeZone: "UTC" } }, "body.quietHours.start"],
    [
      "quiet hours of no length",
      { quietHours: { start: "08:00", end: "08:00", timeZone: "UTC" } },
      "body.quietHours.end",
    ],
    ["nobody", { audience: { recipients: [] } }, "body.audience.recipients"],
    ["no tags", { audience: { tags: [] } }, "body.audience.tags"],
    ["a field nobody knows", { colour: "red" }, "body.colour"],
    ["media without a file", { text: undefined, media: { type: "image" } }, "body.media.url"],
    [
      "media at a private address",
      { text: undefined, media: { type: "image", url: "https://10.0.0.1/a.png" } },
      "body.media.url",
    ],
  ])("answers 400 for %s, naming the field", async (_, given, path) => {
    expect(fields(expectProblem(await campaigns.create(given), 400, "validation_failed"))).toEqual([path]);
  });

  it("answers 400 for more inline recipients than 5,000", async () => {
    const many = Array.from({ length: 5_001 }, (_, at) => ({ to: String(15_550_000_000 + at) }));
    expectProblem(await campaigns.create({ audience: { recipients: many } }), 400, "validation_failed");
  });

  it("keeps 5,000 inline recipients with variables of their own", async () => {
    const many = Array.from({ length: 5_000 }, (_, at) => ({
      to: String(15_550_000_000 + at),
      variables: { name: `Person ${at}`, note: "x".repeat(400) },
    }));
    const answer = await campaigns.create({ audience: { recipients: many } });
    expect(answer.status).toBe(201);
    expect(answer.body.audience).toEqual({ recipients: { count: 5_000 } });
  });

  it("answers 404 for a session, template, file or contact that is unknown or another tenant's, before all else", async () => {
    const unknown = "01JD3Z8QK6W7P9V2M4N5X0T1RB";
    const bad = { pace: "fast" };
    const other = await campaigns.door.tenant();
    const theirs = await campaigns.door.ask("POST", "/api/contacts", {
      key: other.key,
      json: { phoneNumber: "+5511999990009" },
    });
    const asked = [
      { sessionId: `ses_${unknown}` },
      { text: undefined, template: { id: `tpl_${unknown}` } },
      { text: undefined, media: { type: "image", mediaId: `med_${unknown}` } },
      { audience: { mediaId: `med_${unknown}` } },
      { audience: { contactIds: [`con_${unknown}`] } },
      { audience: { contactIds: [theirs.body.id] } },
    ];
    for (const given of asked) expectProblem(await campaigns.create({ ...bad, ...given }), 404, "not_found");
  });

  it("answers 400 where a template lacks a variable of an inline recipient, naming whose", async () => {
    const id = await campaigns.template("Hello {{name}}, your {{order}}");
    const given = {
      template: { id, variables: { order: "A-1" } },
      audience: { recipients: [recipients[0], { to: "+15551112222" }] },
    };
    const answer = await campaigns.createWithout("text", given);
    expect(fields(expectProblem(answer, 400, "validation_failed"))).toEqual(["body.audience.recipients.1.variables"]);
    expect((await campaigns.createWithout("text", { ...given, audience: { recipients } })).status).toBe(201);
  });

  it("answers 409 for a file that is not uploaded, and 400 for one that is no list of recipients", async () => {
    const json = { filename: "people.csv", mimetype: "text/csv", size: 10 };
    const { body } = await campaigns.door.ask("POST", "/api/media", { key: campaigns.tenant.key, json });
    expectProblem(await campaigns.create({ audience: { mediaId: body.id } }), 409, "media_not_ready");
    const answer = await campaigns.create({ audience: { mediaId: await campaigns.uploaded("name\nAna\n") } });
    expect(fields(expectProblem(answer, 400, "validation_failed"))).toEqual(["body.audience.mediaId"]);
  });

  it("sends a file that was uploaded, and refuses one that cannot be sent as what is asked for", async () => {
    const dot = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk", "base64").toString(
      "latin1",
    );
    const mediaId = await campaigns.uploaded(dot, "dot.png", "image/png");
    const { status, body } = await campaigns.createWithout("text", {
      media: { type: "image", mediaId, caption: "Hi {{name}}" },
    });
    expect(status).toBe(201);
    expect(body.media).toEqual({ type: "image", url: null, mediaId, caption: "Hi {{name}}", filename: "dot.png" });
    expect((await campaigns.act(body.id, "preview")).body.samples[0].text).toBe("Hi Ana");
    const asVoice = await campaigns.createWithout("text", { media: { type: "voice", mediaId } });
    expect(fields(expectProblem(asVoice, 400, "validation_failed"))).toEqual(["body.media.mediaId"]);
  });

  it("keeps a file that comes with the request, for everybody", async () => {
    const pdf = Buffer.from("%PDF-1.7");
    const media = {
      type: "document",
      base64: pdf.toString("base64"),
      mimetype: "application/pdf",
      filename: "menu.pdf",
    };
    const answer = await campaigns.createWithout("text", { media: { ...media, caption: "For {{name}}" } });
    expect(answer.status).toBe(201);
    const shown = { type: "document", url: null, mediaId: null, filename: "menu.pdf", caption: "For {{name}}" };
    expect(answer.body.media).toEqual(shown);
    const { tenantId } = campaigns.session;
    const { media: kept } = await contentOf(campaigns.door.aws.db, { tenantId, id: answer.body.id });
    expect(kept).toMatchObject({ mimetype: "application/pdf", size: pdf.length, file: { at: "bucket" } });
    const Key = kept?.file.at === "bucket" ? kept.file.key : "";
    expect(Key.startsWith(`uploads/${tenantId}/`)).toBe(true);
    const stored = await new S3Client().send(new GetObjectCommand({ Bucket: mediaBucketOfTests, Key }));
    expect(await stored.Body?.transformToString()).toBe("%PDF-1.7");
    const picture = { type: "image", base64: pdf.toString("base64"), mimetype: "application/pdf" };
    expectProblem(await campaigns.createWithout("text", { media: picture }), 400, "validation_failed");
  });

  it("makes one campaign for one Idempotency-Key", async () => {
    const headers = { "Idempotency-Key": "spring-1" };
    const [first, second] = [await campaigns.create({}, headers), await campaigns.create({}, headers)];
    expect(second.body.id).toBe(first.body.id);
    expect(second.headers["Idempotent-Replayed"]).toBe("true");
  });

  it("answers 401 without a key", async () => {
    expectProblem(await campaigns.door.ask("POST", "/api/campaigns", { json: campaigns.body() }), 401, "unauthorized");
  });
});

describe("GET /api/campaigns", () => {
  it("lists the tenant's own, newest first, page by page", async () => {
    const of = await campaigns.door.tenant();
    const own = await linkedSession(campaigns.door, of);
    const ids: string[] = [];
    for (const name of ["one", "two", "three"]) {
      ids.unshift((await campaigns.ask("POST", "", { ...campaigns.body({ name }), sessionId: own.id }, of)).body.id);
    }
    const query = { limit: "2" };
    const first = await campaigns.door.ask("GET", "/api/campaigns", { key: of.key, query });
    const second = await campaigns.door.ask("GET", "/api/campaigns", {
      key: of.key,
      query: { ...query, cursor: first.body.nextCursor },
    });
    const listed = [...first.body.data, ...second.body.data];
    expect(listed.map(({ id }) => id)).toEqual(ids);
    expect(listed.map(({ text }) => text)).toEqual(Array(3).fill("Hello {{name}}"));
  });

  it("answers 404 for another tenant's, whatever is asked of it", async () => {
    const id = await campaigns.made();
    const other = await campaigns.door.tenant();
    const calls = [
      campaigns.ask("GET", `/${id}`, undefined, other),
      campaigns.ask("PATCH", `/${id}`, { name: "x" }, other),
      campaigns.ask("DELETE", `/${id}`, undefined, other),
      campaigns.ask("GET", `/${id}/recipients`, undefined, other),
      ...["start", "pause", "resume", "cancel", "preview"].map(action =>
        campaigns.ask("POST", `/${id}/${action}`, {}, other),
      ),
    ];
    for (const answer of await Promise.all(calls)) expectProblem(answer, 404, "not_found");
    expect((await campaigns.get(id)).status).toBe("draft");
  });
});

describe("PATCH /api/campaigns/:id", () => {
  it("changes what is named of a draft and leaves the rest", async () => {
    const id = await campaigns.made();
    const answer = await campaigns.ask("PATCH", `/${id}`, {
      name: "Summer",
      audience: { tags: ["vip", "vip"] },
      pace: { messagesPerMinute: 5 },
    });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      name: "Summer",
      text: "Hello {{name}}",
      audience: { tags: ["vip"] },
      pace: { messagesPerMinute: 5, jitter: 0.5 },
    });
    expect(await campaigns.get(id)).toEqual(answer.body);
  });

  it("schedules a draft, and takes its time away again", async () => {
    const id = await campaigns.made();
    const scheduled = await campaigns.ask("PATCH", `/${id}`, { scheduledAt: "2035-01-01T09:00:00Z" });
    expect(scheduled.body.status).toBe("scheduled");
    expect((await campaigns.ask("PATCH", `/${id}`, { scheduledAt: null })).body).toMatchObject({
      status: "draft",
      scheduledAt: null,
    });
  });

  it("puts a template or a file in the place of a text", async () => {
    const id = await campaigns.made();
    const tpl = await campaigns.template("Hi {{name}}");
    const byTemplate = await campaigns.ask("PATCH", `/${id}`, { template: { id: tpl } });
    expect(byTemplate.body).toMatchObject({ text: null, template: { id: tpl, variables: {} }, media: null });
    const media = { type: "document", url: "https://example.com/menu.pdf", caption: "For {{name}}" };
    const byFile = await campaigns.ask("PATCH", `/${id}`, { media });
    expect(byFile.body).toMatchObject({
      text: null,
      template: null,
      media: { ...media, mediaId: null, filename: "menu.pdf" },
    });
  });

  it("answers 400 where a template lacks a variable of the inline recipients it is given", async () => {
    const id = await campaigns.made({ audience: { tags: ["vip"] } });
    const tpl = await campaigns.template("Hello {{name}}, your {{order}}");
    const audience = { recipients: [{ to: "+15551112222", variables: { name: "Ana" } }] };
    const refused = await campaigns.ask("PATCH", `/${id}`, { template: { id: tpl }, audience });
    expect(fields(expectProblem(refused, 400, "validation_failed"))).toEqual(["body.audience.recipients.0.variables"]);
    expect((await campaigns.ask("PATCH", `/${id}`, { template: { id: tpl } })).status).toBe(200);
    expectProblem(await campaigns.ask("PATCH", `/${id}`, { audience }), 400, "validation_failed");
    const complete = { recipients: [{ to: "+15551112222", variables: { name: "Ana", order: "A-1" } }] };
    expect((await campaigns.ask("PATCH", `/${id}`, { audience: complete })).status).toBe(200);
  });

  it("answers 409 once it runs", async () => {
    const id = await campaigns.made();
    await campaigns.act(id, "start");
    expectProblem(await campaigns.ask("PATCH", `/${id}`, { name: "x" }), 409, "invalid_transition");
  });
});
