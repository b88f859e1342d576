import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { eventRow, sessionEvent } from "../../../domain/event/log.ts";
import { type Id, newId } from "../../../domain/id.ts";
import { newSession } from "../../../domain/session/new-session.ts";
import { keepMessagesFor } from "../../../domain/session/retention.ts";
import { createSession, deleteSession, findSession, SessionQuotaExceeded } from "../../../domain/session/store.ts";
import type { Intercept } from "../../../local/aws/intercept.ts";
import { type EmulatedAws, emulatedAws } from "../../emulated-aws.ts";

let aws: EmulatedAws;
let fault: Intercept = () => undefined;
beforeAll(async () => {
  aws = await emulatedAws({ intercept: call => fault(call) });
});
afterEach(() => {
  fault = () => undefined;
});
afterAll(() => aws[Symbol.asyncDispose]());

const newTenant = () => newId("ten", Date.now());

/** Creates a session as a function does that was told, before it was changed, that nothing ends. */
async function create(tenantId: Id<"ten">, sessionsMax: number | null = null) {
  const session = newSession({ id: newId("ses", Date.now()), tenantId, retentionDays: null }, 4, Date.now());
  await createSession(aws.db, session, eventOf(session), sessionsMax);
  return session;
}

function eventOf(session: Parameters<typeof sessionEvent>[0]) {
  const fresh = { type: "session.status", cause: [newId("evt", Date.now())], data: {} } as const;
  return eventRow(sessionEvent(session, 1, fresh, Date.now()), Date.now());
}

async function daysOf(sessions: readonly { tenantId: string; id: string }[]) {
  const found = await Promise.all(sessions.map(({ tenantId, id }) => findSession(aws.db, tenantId, id)));
  return found.map(session => session?.retentionDays);
}

describe("a tenant's changed retention", () => {
  it("reaches all of its sessions, those made later, and nobody else's", async () => {
    const tenantId = newTenant();
    const sessions = [await create(tenantId), await create(tenantId)];
    const foreign = await create(newTenant());
    await keepMessagesFor(aws.db, tenantId, 7);
    sessions.push(await create(tenantId));
    expect(await daysOf([...sessions, foreign])).toEqual([7, 7, 7, null]);
    await keepMessagesFor(aws.db, tenantId, null);
    sessions.push(await create(tenantId));
    expect(await daysOf(sessions)).toEqual([null, null, null, null]);
  });

  it("carries on, asked again, where a crash in the middle left it", async () => {
    const tenantId = newTenant();
    const sessions = [];
    for (let nth = 0; nth < 60; nth++) sessions.push(await create(tenantId));
    let written = 0;
    fault = ({ action }) =>
      action === "TransactWriteItems" && ++written > 30 ? { error: "AccessDeniedException" } : undefined;
    await expect(keepMessagesFor(aws.db, tenantId, 7)).rejects.toThrow("Injected fault");
    const days = await daysOf(sessions);
    expect([days.includes(7), days.includes(null)]).toEqual([true, true]);
    fault = () => undefined;
    await keepMessagesFor(aws.db, tenantId, 7);
    expect(new Set(await daysOf(sessions))).toEqual(new Set([7]));
  });

  it("writes to no session that has it already", async () => {
    const tenantId = newTenant();
    for (let nth = 0; nth < 3; nth++) await create(tenantId);
    await keepMessagesFor(aws.db, tenantId, 7);
    let written = 0;
    fault = ({ action }) => {
      if (action === "TransactWriteItems") written++;
      return undefined;
    };
    await keepMessagesFor(aws.db, tenantId, 7);
    // What new sessions are told, alone.
    expect(written).toBe(1);
  });

  it("misses no session that is made in the same moment", async () => {
    const tenantId = newTenant();
    const creating = Array.from({ length: 10 }, () => create(tenantId));
    await keepMessagesFor(aws.db, tenantId, 7);
    expect(new Set(await daysOf(await Promise.all(creating)))).toEqual(new Set([7]));
  });

  it("brings no deleted session back, and leaves the plan's number of sessions exact", async () => {
    const tenantId = newTenant();
    await keepMessagesFor(aws.db, tenantId, 7);
    const gone = await create(tenantId, 2);
    await deleteSession(aws.db, gone, eventOf(gone), []);
    await keepMessagesFor(aws.db, tenantId, 8);
    expect(await findSession(aws.db, tenantId, gone.id)).toBeUndefined();
    expect(await daysOf([await create(tenantId, 2), await create(tenantId, 2)])).toEqual([8, 8]);
    await expect(create(tenantId, 2)).rejects.toBeInstanceOf(SessionQuotaExceeded);
  });
});
