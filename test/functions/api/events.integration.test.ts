import { ScanCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { transact } from "../../../domain/dynamodb/transaction.ts";
import type { EventType } from "../../../domain/event/event.ts";
import { eventRow, putEventRow, sessionEvent } from "../../../domain/event/log.ts";
import { nextSequence } from "../../../domain/session/sequence.ts";
import type { Session } from "../../../domain/session/session.ts";
import { expectProblem, type FrontDoor, openFrontDoor, type TenantOfTest } from "../front-door.ts";
import { linkedSession } from "./linked-session.ts";

let door: FrontDoor;
let tenant: TenantOfTest;
let stranger: TenantOfTest;
let session: Session;
let foreign: Session;
beforeAll(async () => {
  door = await openFrontDoor();
  [tenant, stranger] = [await door.tenant(), await door.tenant()];
  [session, foreign] = [await linkedSession(door, tenant), await linkedSession(door, stranger)];
});
afterAll(() => door.close());

/** Writes an event as old as the log already lists. */
async function happened(of: Session, type: EventType, agoMs: number): Promise<string> {
  const at = Date.now() - agoMs;
  const sequence = await nextSequence(door.aws.db, of);
  const event = sessionEvent(of, sequence, { type, cause: [String(at)], data: { at } }, at);
  await transact(door.aws.db, [putEventRow(door.aws.db, eventRow(event, at))]);
  return event.id;
}

const list = (query: Record<string, string> = {}, key = tenant.key) => door.ask("GET", "/api/events", { key, query });
const idsOf = (answer: { body: { data: { id: string }[] } }) => answer.body.data.map(({ id }) => id);

describe("GET /api/events", () => {
  it("lists oldest first from the cursor, filters, and its last cursor reads on later", async () => {
    const first = await happened(session, "session.connected", 60_000);
    const second = await happened(session, "message.sent", 50_000);
    const third = await happened(session, "message.sent", 40_000);
    expect(idsOf(await list())).toEqual([first, second, third]);
    expect(idsOf(await list({ type: "message.sent", sessionId: session.id }))).toEqual([second, third]);
    const page = await list({ limit: "2" });
    expect(idsOf(page)).toEqual([first, second]);
    const rest = await list({ limit: "2", cursor: page.body.nextCursor });
    expect(idsOf(rest)).toEqual([third]);
    const fourth = await happened(session, "message.read", 30_000);
    expect(idsOf(await list({ limit: "2", cursor: rest.body.nextCursor }))).toEqual([fourth]);
  });

  it("refuses an unknown type and a cursor of another listing, together", async () => {
    const { body } = await list({ limit: "1" });
    const answer = expectProblem(
      await list({ type: "message.sung", cursor: body.nextCursor }),
      400,
      "validation_failed",
    );
    expect(answer.body.errors.map(({ path }: { path: string }) => path)).toEqual(["query.type", "query.cursor"]);
  });

  it("answers 404 to a session of nobody's and of another tenant's", async () => {
    for (const sessionId of [foreign.id, "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB", "x"]) {
      expectProblem(await list({ sessionId, limit: "0" }), 404, "not_found");
    }
  });
});

describe("GET /api/events/:id", () => {
  it("answers the event to its tenant and 404 to everyone else", async () => {
    const id = await happened(session, "call.received", 20_000);
    const answer = await door.ask("GET", `/api/events/${id}`, { key: tenant.key });
    expect(answer).toMatchObject({ status: 200, body: { id, type: "call.received", sessionId: session.id } });
    expectProblem(await door.ask("GET", `/api/events/${id}`, { key: stranger.key }), 404, "not_found");
    expectProblem(await door.ask("GET", "/api/events/evt_0", { key: tenant.key }), 404, "not_found");
  });
});

describe("a change of a session", () => {
  it("is in the log with its sequence, published", async () => {
    const { Items = [] } = await door.aws.db.client.send(new ScanCommand({ TableName: door.aws.db.table.events }));
    const started = Items.filter(({ event }) => event.sessionId === session.id && event.type === "session.status");
    expect(started).toHaveLength(1);
    expect(started[0]?.event).toMatchObject({ sequence: 1, data: { id: session.id, status: "starting" } });
    expect(started[0]).not.toHaveProperty("unpublishedPk");
  });
});
