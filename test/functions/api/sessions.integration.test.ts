import { ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { queueUrlOfShard, shardOf } from "../../../domain/command/shard.ts";
import { eventRow, sessionEvent } from "../../../domain/event/log.ts";
import { outboxHead } from "../../../domain/outbox/store.ts";
import { nextSequence } from "../../../domain/session/sequence.ts";
import { Session } from "../../../domain/session/session.ts";
import { deleteSession, findSession } from "../../../domain/session/store.ts";
import { shardCountOfTests } from "../../emulated-aws.ts";
import { expectProblem, type FrontDoor, openFrontDoor, type TenantOfTest } from "../front-door.ts";
import { setStatus } from "./linked-session.ts";

let door: FrontDoor;
let tenant: TenantOfTest;
let stranger: TenantOfTest;
beforeAll(async () => {
  door = await openFrontDoor();
  [tenant, stranger] = [await door.tenant(), await door.tenant()];
});
afterAll(() => door.close());

const unknownId = "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB";
const create = async (of = tenant, json: object = {}) =>
  (await door.ask("POST", "/api/sessions", { key: of.key, json })).body;

async function rungShards(sessionId: string): Promise<unknown[]> {
  const QueueUrl = queueUrlOfShard(door.aws.environment.COMMAND_QUEUE_URL ?? "", shardOf(sessionId, shardCountOfTests));
  const received = await new SQSClient().send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  return (received.Messages ?? []).map(({ Body }) => JSON.parse(Body ?? "null").sessionId);
}

describe("POST /api/sessions", () => {
  it("answers 201 with the whole session as it starts, and rings at its shard", async () => {
    const json = { name: "Sales", metadata: { team: "blue" } };
    const answer = await door.ask("POST", "/api/sessions", { key: tenant.key, json });
    expect(answer.status).toBe(201);
    expect(answer.headers["X-RateLimit-Limit"]).toBe("1000");
    expect(answer.body).toEqual({
      id: expect.stringMatching(/^ses_[0-9A-HJKMNP-TV-Z]{26}$/),
      name: "Sales",
      status: "starting",
      qr: null,
      pairingCode: null,
      pairingCodeError: null,
      phone: null,
      lastDisconnect: null,
      restricted: null,
      lastInboundAt: null,
      limits: { campaignMessagesPerMinute: 20, firstContactsPerDay: "warmup" },
      metadata: { team: "blue" },
      statuses: [{ status: "starting", at: answer.body.createdAt }],
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      connectedAt: null,
    });
    expect(await rungShards(answer.body.id)).toContain(answer.body.id);
  });

  it("takes no body at all, since every field is optional", async () => {
    expect((await door.ask("POST", "/api/sessions", { key: tenant.key })).status).toBe(201);
  });

  it("answers 400 naming every offending field", async () => {
    const json = { name: "", colour: "red", phoneNumber: "nobody", proxyUrl: 7, limits: { x: 1 } };
    const answer = await door.ask("POST", "/api/sessions", { key: tenant.key, json, query: { a: "1" } });
    expectProblem(answer, 400, "validation_failed");
    const paths = answer.body.errors.map((error: { path: string }) => error.path).sort();
    expect(paths).toEqual([
      "body.colour",
      "body.limits.x",
      "body.name",
      "body.phoneNumber",
      "body.proxyUrl",
      "query.a",
    ]);
  });

  it("answers 402 when the plan's sessions are used up, exactly, under concurrency", async () => {
    const free = await door.tenant("free");
    const asked = Array.from({ length: 6 }, () => door.ask("POST", "/api/sessions", { key: free.key, json: {} }));
    const answers = await Promise.all(asked);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(2);
    for (const refused of answers.filter(({ status }) => status !== 201)) {
      expectProblem(refused, 402, "quota_exceeded");
    }
  });

  it("makes one session when the same idempotency key comes twice", async () => {
    const asked = { key: tenant.key, json: { name: "Once" }, headers: { "Idempotency-Key": "session-1" } };
    const first = await door.ask("POST", "/api/sessions", asked);
    const again = await door.ask("POST", "/api/v1/sessions", asked);
    expect(again).toMatchObject({ status: 201, body: first.body });
    expect(first.headers["Idempotent-Replayed"]).toBeUndefined();
    expect(again.headers["Idempotent-Replayed"]).toBe("true");
  });
});

describe("POST /api/sessions with a phone number", () => {
  it("keeps the number, however it is spaced, and never shows it", async () => {
    const json = { phoneNumber: "+55 (11) 99999-9999" };
    const answer = await door.ask("POST", "/api/sessions", { key: tenant.key, json });
    expect(answer.status).toBe(201);
    expect(answer.body.pairingCode).toBeNull();
    expect(JSON.stringify(answer.body)).not.toContain("5511999999999");
    const stored = await findSession(door.aws.db, tenant.id, answer.body.id);
    expect(stored?.pairingNumber).toBe("+5511999999999");
  });
});

describe("a session's proxy", () => {
  const secret = "http://user:hunter2@127.0.0.1:3128";
  const stored = async (id: string) => findSession(door.aws.db, tenant.id, id);

  it("is kept encrypted and never shown, when it is given at first and when it is changed", async () => {
    const answer = await door.ask("POST", "/api/sessions", { key: tenant.key, json: { proxyUrl: secret } });
    expect(answer.status).toBe(201);
    const first = (await stored(answer.body.id))?.proxy;
    expect(Buffer.from(first ?? []).toString("latin1")).not.toContain("hunter2");
    const path = `/api/sessions/${answer.body.id}`;
    const patched = await door.ask("PATCH", path, { key: tenant.key, json: { name: "A", proxyUrl: secret } });
    expect(patched).toMatchObject({ status: 200, body: { name: "A" } });
    const shown = [answer, patched, await door.ask("GET", path, { key: tenant.key })];
    expect(JSON.stringify(shown)).not.toMatch(/hunter2|proxy/i);
    expect((await stored(answer.body.id))?.proxy).not.toEqual(first);
    const session = await stored(answer.body.id);
    const rows = session && (await outboxHead(door.aws.db, session, "control", 10));
    expect(rows?.map(({ type }) => type)).toEqual(["session.restart"]);

    await door.ask("PATCH", path, { key: tenant.key, json: { proxyUrl: null } });
    expect((await stored(answer.body.id))?.proxy).toBeNull();
  });

  it("does not wake a session that only a restart brings back", async () => {
    const { id } = await create();
    await setStatus(door, tenant, id, "disconnected");
    const json = { proxyUrl: secret };
    expect((await door.ask("PATCH", `/api/sessions/${id}`, { key: tenant.key, json })).status).toBe(200);
    const session = await stored(id);
    expect(session && (await outboxHead(door.aws.db, session, "control", 10))).toEqual([]);
  });

  it.each(["http://10.0.0.1:8080", "ftp://proxy.example.com", "socks5://169.254.169.254", "http://p/path"])(
    "is a 400 that does not repeat it where it is no proxy of the internet: %s",
    async proxyUrl => {
      const { id } = await create();
      for (const [method, path] of [
        ["POST", "/api/sessions"],
        ["PATCH", `/api/sessions/${id}`],
      ] as const) {
        const answer = await door.ask(method, path, { key: tenant.key, json: { proxyUrl } });
        expectProblem(answer, 400, "validation_failed");
        expect(answer.body.errors).toEqual([{ path: "body.proxyUrl", message: expect.any(String) }]);
        expect(JSON.stringify(answer.body)).not.toContain(proxyUrl);
      }
    },
  );
});

describe("GET /api/sessions", () => {
  it("lists newest first, page by page, each session once", async () => {
    const lister = await door.tenant();
    const made: string[] = [];
    for (let nth = 0; nth < 5; nth++) made.unshift((await create(lister)).id);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const query: Record<string, string> = { limit: "2", ...(cursor === null ? {} : { cursor }) };
      const { body } = await door.ask("GET", "/api/sessions", { key: lister.key, query });
      seen.push(...body.data.map((session: { id: string }) => session.id));
      cursor = body.nextCursor;
    } while (cursor !== null);
    expect(seen.sort()).toEqual(made.sort());
  });

  it("filters by status and refuses one that does not exist", async () => {
    const lister = await door.tenant();
    const [one] = [await create(lister), await create(lister)];
    await setStatus(door, lister, one.id, "connected");
    const connected = await door.ask("GET", "/api/sessions", { key: lister.key, query: { status: "connected" } });
    expect(connected.body.data.map((session: { id: string }) => session.id)).toEqual([one.id]);
    expectProblem(
      await door.ask("GET", "/api/sessions", { key: lister.key, query: { status: "asleep" } }),
      400,
      "validation_failed",
    );
  });

  it("refuses a limit of 0 or 101 and a forged or foreign cursor, together", async () => {
    await Promise.all([create(stranger), create(stranger)]);
    const { body } = await door.ask("GET", "/api/sessions", { key: stranger.key, query: { limit: "1" } });
    for (const cursor of ["forged", body.nextCursor]) {
      for (const limit of ["0", "101", "x"]) {
        const answer = await door.ask("GET", "/api/sessions", { key: tenant.key, query: { limit, cursor } });
        expectProblem(answer, 400, "validation_failed");
        const paths = answer.body.errors.map((error: { path: string }) => error.path);
        expect(paths.sort()).toEqual(["query.cursor", "query.limit"]);
      }
    }
  });
});

describe("GET /api/sessions/:id", () => {
  it("answers the session with its QR as a PNG while it shows one", async () => {
    const { id } = await create();
    const qr = { code: "2@abc,def,ghi", expiresAt: new Date().toISOString() };
    await setStatus(door, tenant, id, "qr", { qr });
    const { status, body } = await door.ask("GET", `/api/sessions/${id}`, { key: tenant.key });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: "qr",
      qr: { ...qr, image: expect.stringMatching(/^data:image\/png;base64,/) },
    });
  });

  it("answers the same 404 to an unknown id, another tenant's and one of the wrong kind", async () => {
    const foreign = await create(stranger);
    const ids = [foreign.id, unknownId, "msg_01JD3Z8QK6W7P9V2M4N5X0T1RB", "count", "%F0%9F", ".."];
    const bodies = [];
    for (const id of ids) {
      const answer = await door.ask("GET", `/api/sessions/${id}`, { key: tenant.key });
      bodies.push({ ...expectProblem(answer, 404, "not_found").body, requestId: "" });
    }
    expect(new Set(bodies.map(body => JSON.stringify(body))).size).toBe(1);
  });
});

describe("PATCH /api/sessions/:id", () => {
  it("merges name, metadata and limits", async () => {
    const { id } = await create(tenant, { name: "Sales", metadata: { a: 1, b: 2 } });
    const json = { metadata: { b: null, c: 3 }, limits: { campaignMessagesPerMinute: null } };
    const { status, body } = await door.ask("PATCH", `/api/sessions/${id}`, { key: tenant.key, json });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      name: "Sales",
      limits: { campaignMessagesPerMinute: null, firstContactsPerDay: "warmup" },
    });
    expect(body.metadata).toEqual({ a: 1, c: 3 });
    expect((await door.ask("GET", `/api/sessions/${id}`, { key: tenant.key })).body).toEqual(body);
  });

  it("answers 404 for a foreign session before it looks at the body", async () => {
    const foreign = await create(stranger);
    const asked = { key: tenant.key, body: "no json", headers: { "Content-Type": "text/plain", "X-API-Version": "1" } };
    expectProblem(await door.ask("PATCH", `/api/sessions/${foreign.id}`, asked), 404, "not_found");
  });

  it("refuses metadata that merged would be too large", async () => {
    const { id } = await create(tenant, { metadata: { a: "x".repeat(3_000) } });
    const json = { metadata: { b: "x".repeat(3_000) } };
    const answer = await door.ask("PATCH", `/api/sessions/${id}`, { key: tenant.key, json });
    expectProblem(answer, 400, "validation_failed");
  });
});

describe("POST /api/sessions/:id/restart", () => {
  it("answers 202 with the session as it is, puts the work into the outbox and rings", async () => {
    const { id } = await create();
    await rungShards(id);
    const { status, body } = await door.ask("POST", `/api/sessions/${id}/restart`, { key: tenant.key });
    expect({ status, id: body.id, is: body.status }).toEqual({ status: 202, id, is: "starting" });
    const session = Session.parse(await findSession(door.aws.db, tenant.id, id));
    expect(await outboxHead(door.aws.db, session, "control", 10)).toMatchObject([{ type: "session.restart" }]);
    expect(await rungShards(id)).toContain(id);
  });

  it("answers 409 while the session is being deleted", async () => {
    const { id } = await create();
    await door.ask("DELETE", `/api/sessions/${id}`, { key: tenant.key });
    const answer = await door.ask("POST", `/api/sessions/${id}/restart`, { key: tenant.key });
    expectProblem(answer, 409, "invalid_transition");
  });
});

describe("DELETE /api/sessions/:id", () => {
  it("answers 202 with the session stopped, however often, and asks its owner once", async () => {
    const { id } = await create();
    const query = { erase: "true" };
    for (let time = 0; time < 2; time++) {
      const { status, body } = await door.ask("DELETE", `/api/sessions/${id}`, { key: tenant.key, query });
      expect({ status, is: body.status, last: body.statuses.at(-1).status }).toEqual({
        status: 202,
        is: "stopped",
        last: "stopped",
      });
    }
    const session = Session.parse(await findSession(door.aws.db, tenant.id, id));
    const rows = await outboxHead(door.aws.db, session, "control", 10);
    expect(rows).toMatchObject([{ type: "session.unlink", erase: true }]);
  });

  it("answers 409 to a wish to erase that comes too late", async () => {
    const { id } = await create();
    await door.ask("DELETE", `/api/sessions/${id}`, { key: tenant.key });
    const late = await door.ask("DELETE", `/api/sessions/${id}`, { key: tenant.key, query: { erase: "true" } });
    expectProblem(late, 409, "invalid_transition");
  });

  it("answers 404 once the session is gone", async () => {
    const { id } = await create();
    const session = Session.parse(await findSession(door.aws.db, tenant.id, id));
    const sequence = await nextSequence(door.aws.db, session);
    const gone = { type: "session.deleted", cause: [], data: {} } as const;
    const event = eventRow(sessionEvent(session, sequence, gone, Date.now()), Date.now());
    await deleteSession(door.aws.db, session, event, []);
    for (const method of ["GET", "DELETE"]) {
      expectProblem(await door.ask(method, `/api/sessions/${id}`, { key: tenant.key }), 404, "not_found");
    }
  });
});
