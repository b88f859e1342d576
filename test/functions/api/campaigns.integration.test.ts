import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { contentOf } from "../../../domain/campaign/store.ts";
import type { Session } from "../../../domain/session/session.ts";
import { materialiserOf } from "../campaign-audiences.ts";
import { type Answered, expectProblem, type FrontDoor, openFrontDoor, type TenantOfTest } from "../front-door.ts";
import { linkedSession, setStatus } from "./linked-session.ts";

let door: FrontDoor;
let tenant: TenantOfTest;
let session: Session;
beforeAll(async () => {
  door = await openFrontDoor();
  tenant = await door.tenant("enterprise", 100_000);
  session = await linkedSession(door, tenant);
});
afterAll(() => door.close());

const recipients = [
  { to: "+5511999990001", variables: { name: "Ana" } },
  { to: "+5511999990002", variables: { name: "Rui" } },
];
const ask = (method: string, path: string, json?: object, of = tenant, headers: Record<string, string> = {}) =>
  door.ask(method, `/api/campaigns${path}`, { key: of.key, ...(json && { json }), headers });
const body = (given: object = {}) => ({
  name: "Spring sale",
  sessionId: session.id,
  text: "Hello {{name}}",
  audience: { recipients },
  ...given,
});
const create = (given: object = {}, headers: Record<string, string> = {}) =>
  ask("POST", "", body(given), tenant, headers);
/** One without the fields named. */
const createWithout = (name: string, given: object = {}) =>
  ask("POST", "", Object.fromEntries(Object.entries(body(given)).filter(([each]) => each !== name)));
const act = (id: string, action: string, headers: Record<string, string> = {}) =>
  ask("POST", `/${id}/${action}`, {}, tenant, headers);
const get = async (id: string) => (await ask("GET", `/${id}`)).body;
const made = async (given: object = {}): Promise<string> => (await create(given)).body.id;
const materialise = (id: string) => materialiserOf(door.aws).workOff({ tenantId: tenant.id, id } as never);

async function template(text: string): Promise<string> {
  const json = { name: "Offer", body: text };
  return (await door.ask("POST", "/api/templates", { key: tenant.key, json })).body.id;
}

async function uploaded(text: string, filename = "people.csv", mimetype = "text/csv"): Promise<string> {
  const json = { filename, mimetype, size: Buffer.byteLength(text) };
  const answer = await door.ask("POST", "/api/media", { key: tenant.key, json });
  expect((await fetch(answer.body.uploadUrl, { method: "PUT", body: text })).status).toBe(200);
  return answer.body.id;
}

const fields = ({ body: { errors = [] } }: Answered) => errors.map(({ path }: { path: string }) => path);

describe("POST /api/campaigns", () => {
  it("answers 201 with a draft, as it was given, and nobody in it yet", async () => {
    const answer = await create({
      pace: { messagesPerMinute: 10 },
      quietHours: { start: "21:00", end: "08:00", timeZone: "America/Sao_Paulo" },
      metadata: { team: "sales" },
    });
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({
      id: expect.stringMatching(/^cmp_/),
      name: "Spring sale",
      sessionId: session.id,
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
      stats: { total: 0, pending: 0, queued: 0, sent: 0, delivered: 0, read: 0, failed: 0, skipped: 0 },
      replied: 0,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
      startedAt: null,
      finishedAt: null,
    });
    expect(await get(answer.body.id)).toEqual(answer.body);
    expect((await ask("GET", `/${answer.body.id}/recipients`)).body).toEqual({ data: [], nextCursor: null });
  });

  it("is scheduled where it has a time in the future, in any time zone, and refused where that has passed", async () => {
    const { body } = await create({ scheduledAt: "2035-01-01T09:00:00+03:00" });
    expect(body).toMatchObject({ status: "scheduled", scheduledAt: "2035-01-01T06:00:00.000Z" });
    const past = await create({ scheduledAt: "2020-01-01T09:00:00Z" });
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
    expect(fields(expectProblem(await create(given), 400, "validation_failed"))).toEqual([path]);
  });

  it("answers 400 for more inline recipients than 5,000", async () => {
    const many = Array.from({ length: 5_001 }, (_, at) => ({ to: String(15_550_000_000 + at) }));
    expectProblem(await create({ audience: { recipients: many } }), 400, "validation_failed");
  });

  it("keeps 5,000 inline recipients with variables of their own", async () => {
    const many = Array.from({ length: 5_000 }, (_, at) => ({
      to: String(15_550_000_000 + at),
      variables: { name: `Person ${at}`, note: "x".repeat(400) },
    }));
    const answer = await create({ audience: { recipients: many } });
    expect(answer.status).toBe(201);
    expect(answer.body.audience).toEqual({ recipients: { count: 5_000 } });
  });

  it("answers 404 for a session, template, file or contact that is unknown or another tenant's, before all else", async () => {
    const unknown = "01JD3Z8QK6W7P9V2M4N5X0T1RB";
    const bad = { pace: "fast" };
    const other = await door.tenant();
    const theirs = await door.ask("POST", "/api/contacts", { key: other.key, json: { phoneNumber: "+5511999990009" } });
    const asked = [
      { sessionId: `ses_${unknown}` },
      { text: undefined, template: { id: `tpl_${unknown}` } },
      { text: undefined, media: { type: "image", mediaId: `med_${unknown}` } },
      { audience: { mediaId: `med_${unknown}` } },
      { audience: { contactIds: [`con_${unknown}`] } },
      { audience: { contactIds: [theirs.body.id] } },
    ];
    for (const given of asked) expectProblem(await create({ ...bad, ...given }), 404, "not_found");
  });

  it("answers 400 where a template lacks a variable of an inline recipient, naming whose", async () => {
    const id = await template("Hello {{name}}, your {{order}}");
    const given = {
      template: { id, variables: { order: "A-1" } },
      audience: { recipients: [recipients[0], { to: "+15551112222" }] },
    };
    const answer = await createWithout("text", given);
    expect(fields(expectProblem(answer, 400, "validation_failed"))).toEqual(["body.audience.recipients.1.variables"]);
    expect((await createWithout("text", { ...given, audience: { recipients } })).status).toBe(201);
  });

  it("answers 409 for a file that is not uploaded, and 400 for one that is no list of recipients", async () => {
    const json = { filename: "people.csv", mimetype: "text/csv", size: 10 };
    const { body } = await door.ask("POST", "/api/media", { key: tenant.key, json });
    expectProblem(await create({ audience: { mediaId: body.id } }), 409, "media_not_ready");
    const answer = await create({ audience: { mediaId: await uploaded("name\nAna\n") } });
    expect(fields(expectProblem(answer, 400, "validation_failed"))).toEqual(["body.audience.mediaId"]);
  });

  it("sends a file that was uploaded, and refuses one that cannot be sent as what is asked for", async () => {
    const dot = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk", "base64").toString(
      "latin1",
    );
    const mediaId = await uploaded(dot, "dot.png", "image/png");
    const { status, body } = await createWithout("text", { media: { type: "image", mediaId, caption: "Hi {{name}}" } });
    expect(status).toBe(201);
    expect(body.media).toEqual({ type: "image", url: null, mediaId, caption: "Hi {{name}}", filename: "dot.png" });
    expect((await act(body.id, "preview")).body.samples[0].text).toBe("Hi Ana");
    const asVoice = await createWithout("text", { media: { type: "voice", mediaId } });
    expect(fields(expectProblem(asVoice, 400, "validation_failed"))).toEqual(["body.media.mediaId"]);
  });

  it("makes one campaign for one Idempotency-Key", async () => {
    const headers = { "Idempotency-Key": "spring-1" };
    const [first, second] = [await create({}, headers), await create({}, headers)];
    expect(second.body.id).toBe(first.body.id);
    expect(second.headers["Idempotent-Replayed"]).toBe("true");
  });

  it("answers 401 without a key", async () => {
    expectProblem(await door.ask("POST", "/api/campaigns", { json: body() }), 401, "unauthorized");
  });
});

describe("GET /api/campaigns", () => {
  it("lists the tenant's own, newest first, page by page", async () => {
    const of = await door.tenant();
    const own = await linkedSession(door, of);
    const ids: string[] = [];
    for (const name of ["one", "two", "three"]) {
      ids.unshift((await ask("POST", "", { ...body({ name }), sessionId: own.id }, of)).body.id);
    }
    const query = { limit: "2" };
    const first = await door.ask("GET", "/api/campaigns", { key: of.key, query });
    const second = await door.ask("GET", "/api/campaigns", {
      key: of.key,
      query: { ...query, cursor: first.body.nextCursor },
    });
    const listed = [...first.body.data, ...second.body.data];
    expect(listed.map(({ id }) => id)).toEqual(ids);
    expect(listed.map(({ text }) => text)).toEqual(Array(3).fill("Hello {{name}}"));
  });

  it("answers 404 for another tenant's, whatever is asked of it", async () => {
    const id = await made();
    const other = await door.tenant();
    const calls = [
      ask("GET", `/${id}`, undefined, other),
      ask("PATCH", `/${id}`, { name: "x" }, other),
      ask("DELETE", `/${id}`, undefined, other),
      ask("GET", `/${id}/recipients`, undefined, other),
      ...["start", "pause", "resume", "cancel", "preview"].map(action => ask("POST", `/${id}/${action}`, {}, other)),
    ];
    for (const answer of await Promise.all(calls)) expectProblem(answer, 404, "not_found");
    expect((await get(id)).status).toBe("draft");
  });
});

describe("PATCH /api/campaigns/:id", () => {
  it("changes what is named of a draft and leaves the rest", async () => {
    const id = await made();
    const answer = await ask("PATCH", `/${id}`, {
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
    expect(await get(id)).toEqual(answer.body);
  });

  it("schedules a draft, and takes its time away again", async () => {
    const id = await made();
    const scheduled = await ask("PATCH", `/${id}`, { scheduledAt: "2035-01-01T09:00:00Z" });
    expect(scheduled.body.status).toBe("scheduled");
    expect((await ask("PATCH", `/${id}`, { scheduledAt: null })).body).toMatchObject({
      status: "draft",
      scheduledAt: null,
    });
  });

  it("puts a template or a file in the place of a text", async () => {
    const id = await made();
    const tpl = await template("Hi {{name}}");
    const byTemplate = await ask("PATCH", `/${id}`, { template: { id: tpl } });
    expect(byTemplate.body).toMatchObject({ text: null, template: { id: tpl, variables: {} }, media: null });
    const media = { type: "document", url: "https://example.com/menu.pdf", caption: "For {{name}}" };
    const byFile = await ask("PATCH", `/${id}`, { media });
    expect(byFile.body).toMatchObject({
      text: null,
      template: null,
      media: { ...media, mediaId: null, filename: "menu.pdf" },
    });
  });

  it("answers 409 once it runs", async () => {
    const id = await made();
    await act(id, "start");
    expectProblem(await ask("PATCH", `/${id}`, { name: "x" }), 409, "invalid_transition");
  });
});

describe("the actions of a campaign", () => {
  it("start, pause, resume and cancel it, answering 202 with it as it is then", async () => {
    const id = await made();
    const statuses = [];
    for (const action of ["start", "pause", "resume", "cancel"]) {
      const answer = await act(id, action);
      expect(answer.status).toBe(202);
      statuses.push([answer.body.status, answer.body.pausedReason]);
    }
    expect(statuses).toEqual([
      ["running", null],
      ["paused", "requested"],
      ["running", null],
      ["cancelled", null],
    ]);
    expect(await get(id)).toMatchObject({ startedAt: expect.any(String), finishedAt: expect.any(String) });
  });

  it("answer 409 where they make no sense", async () => {
    const id = await made();
    for (const action of ["pause", "resume"]) expectProblem(await act(id, action), 409, "invalid_transition");
    await act(id, "start");
    for (const action of ["start", "resume"]) expectProblem(await act(id, action), 409, "invalid_transition");
    await act(id, "cancel");
    for (const action of ["start", "pause", "resume", "cancel"]) {
      expectProblem(await act(id, action), 409, "invalid_transition");
    }
  });

  it("are done once under one Idempotency-Key", async () => {
    const id = await made();
    const headers = { "Idempotency-Key": `start-${id}` };
    const [first, second] = [await act(id, "start", headers), await act(id, "start", headers)];
    expect([first.status, second.status]).toEqual([202, 202]);
    expect(second.body).toEqual(first.body);
  });

  it("answer 409 where the session is disconnected, and start it while that reconnects", async () => {
    const own = await linkedSession(door, tenant);
    const id = await made({ sessionId: own.id });
    await setStatus(door, tenant, own.id, "disconnected");
    expectProblem(await act(id, "start"), 409, "session_not_connected");
    await setStatus(door, tenant, own.id, "connecting");
    expect((await act(id, "start")).status).toBe(202);
    await act(id, "pause");
    await setStatus(door, tenant, own.id, "disconnected");
    expectProblem(await act(id, "resume"), 409, "session_not_connected");
  });
});

describe("DELETE /api/campaigns/:id", () => {
  it("deletes one that is not running, with all its rows", async () => {
    const id = await made();
    await act(id, "start");
    expectProblem(await ask("DELETE", `/${id}`), 409, "invalid_transition");
    await materialise(id);
    await act(id, "cancel");
    expect((await ask("DELETE", `/${id}`)).status).toBe(204);
    expectProblem(await ask("GET", `/${id}`), 404, "not_found");
    expectProblem(await ask("DELETE", `/${id}`), 404, "not_found");
    await materialise(id);
    expect(await rowsLeftOf(id)).toEqual([]);
  });

  it("answers 409 for one that is paused while its recipients are being made", async () => {
    const id = await made();
    await act(id, "start");
    await act(id, "pause");
    expectProblem(await ask("DELETE", `/${id}`), 409, "invalid_transition");
  });
});

async function rowsLeftOf(id: string): Promise<unknown[]> {
  const { ScanCommand } = await import("@aws-sdk/lib-dynamodb");
  const { client, table } = door.aws.db;
  const found = await Promise.all(
    [table.campaigns, table.campaign_recipients].map(TableName => client.send(new ScanCommand({ TableName }))),
  );
  return found.flatMap(({ Items = [] }) => Items).filter(item => JSON.stringify(item).includes(id));
}

describe("GET /api/campaigns/:id/recipients", () => {
  it("lists all in the order of the audience, or those with a status, with the reason why some are skipped", async () => {
    const audience = { recipients: [...recipients, { to: "nobody" }, { to: "5511999990001" }, { to: "+15551113333" }] };
    const id = await made({ audience });
    await act(id, "start");
    await materialise(id);
    const all = await ask("GET", `/${id}/recipients`);
    expect(all.body.data.map(({ to, status, reason }: Record<string, string>) => [to, status, reason])).toEqual([
      ["+5511999990001", "pending", null],
      ["+5511999990002", "pending", null],
      ["nobody", "skipped", "invalid_number"],
      ["5511999990001", "skipped", "duplicate"],
      ["+15551113333", "skipped", "missing_variable"],
    ]);
    expect(all.body.data[0]).toEqual({
      to: "+5511999990001",
      contactId: null,
      status: "pending",
      messageId: null,
      reason: null,
      error: null,
      sentAt: null,
      repliedAt: null,
    });
    const query = { status: "skipped", limit: "2" };
    const skipped = await door.ask("GET", `/api/campaigns/${id}/recipients`, { key: tenant.key, query });
    expect(skipped.body.data).toHaveLength(2);
    expect((await get(id)).stats).toMatchObject({ total: 5, pending: 2, skipped: 3 });
    const wrong = { key: tenant.key, query: { status: "lost" } };
    expectProblem(await door.ask("GET", `/api/campaigns/${id}/recipients`, wrong), 400, "validation_failed");
  });
});

describe("POST /api/campaigns/:id/preview", () => {
  it("tells what would come of it, and does nothing", async () => {
    const json = { phoneNumber: "+5511999990077", name: "Opted", optedOut: true };
    await door.ask("POST", "/api/contacts", { key: tenant.key, json });
    const more = Array.from({ length: 4 }, (_, at) => ({ to: `+551199999100${at}`, variables: { name: `P${at}` } }));
    const audience = {
      recipients: [
        ...recipients,
        ...more,
        { to: "+55 (11) 99999-0001", variables: { name: "Ana" } },
        { to: "+5511999990077" },
        { to: "x" },
      ],
    };
    const id = await made({ audience, pace: { messagesPerMinute: 6, jitter: 0 } });
    const answer = await act(id, "preview");
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      total: 9,
      skipped: [
        { reason: "duplicate", count: 1 },
        { reason: "opted_out", count: 1 },
        { reason: "invalid_number", count: 1 },
      ],
      estimatedDurationSeconds: expect.any(Number),
      samples: [
        { to: "+5511999990001", contactId: null, text: "Hello Ana" },
        { to: "+5511999990002", contactId: null, text: "Hello Rui" },
        { to: "+5511999991000", contactId: null, text: "Hello P0" },
      ],
      complete: true,
    });
    // Six messages at six a minute.
    expect(answer.body.estimatedDurationSeconds).toBe(60);
    expect(await get(id)).toMatchObject({ status: "draft", stats: { total: 0 } });
    expect((await ask("GET", `/${id}/recipients`)).body.data).toEqual([]);
  });

  it("is of a template's file as well, as it is when the campaign starts", async () => {
    const json = { name: "Menu", body: "Hi {{name}}", media: { type: "image", url: "https://example.com/menu.jpg" } };
    const tpl = (await door.ask("POST", "/api/templates", { key: tenant.key, json })).body.id;
    const { body } = await createWithout("text", { template: { id: tpl } });
    const mediaId = await uploaded("%PDF-1.7", "menu.pdf", "application/pdf");
    const changed = { ...json, media: { type: "document", mediaId } };
    await door.ask("PUT", `/api/templates/${tpl}`, { key: tenant.key, json: changed });
    expect((await act(body.id, "start")).status).toBe(202);
    const ref = { tenantId: tenant.id, id: body.id } as Parameters<typeof contentOf>[1];
    expect((await contentOf(door.aws.db, ref)).media).toEqual({
      type: "document",
      mediaId,
      filename: "menu.pdf",
      mimetype: "application/pdf",
      size: 8,
      file: { at: "bucket", key: `uploads/${tenant.id}/${mediaId}` },
    });
  });

  it("shows a template as it is now", async () => {
    const tpl = await template("Hi {{name}}");
    const { body } = await createWithout("text", { template: { id: tpl } });
    await door.ask("PUT", `/api/templates/${tpl}`, {
      key: tenant.key,
      json: { name: "Offer", body: "Good day {{name}}" },
    });
    expect((await act(body.id, "preview")).body.samples[0].text).toBe("Good day Ana");
  });
});
