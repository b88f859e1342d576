import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { keptGroup } from "../../../domain/group/change.ts";
import { writeGroup } from "../../../domain/group/store.ts";
import type { Jid } from "../../../domain/jid.ts";
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
  for (const nth of [1, 2, 3]) await keep(session, nth);
  await keep(foreign, 9);
});
afterAll(() => door.close());

const groupOf = (nth: number): Jid => `12036300000000000${nth}@g.us`;
const ana = { jid: "5511900000001@s.whatsapp.net", lid: "11@lid" } as const;

/** As the socket host keeps what it sees. */
function keep(owner: Session, nth: number) {
  const at = "2026-11-01T12:00:00.000Z";
  const participants = [{ ...ana, role: "superadmin" as const }];
  const of = { id: groupOf(nth), subject: `Group ${nth}`, description: null, owner: ana, createdAt: at, participants };
  const snapshot = { ...of, onlyAdminsWrite: false, onlyAdminsEdit: true };
  const after = keptGroup(undefined, { snapshot, self: ana, cause: undefined, at });
  return writeGroup(door.aws.db, owner, { before: undefined, after, event: undefined });
}

const get = (path: string, query: Record<string, string> = { sessionId: session.id }) =>
  door.ask("GET", path, { key: tenant.key, query });

describe("GET /api/groups", () => {
  it("lists a session's groups, page by page", async () => {
    const first = await get("/api/groups", { sessionId: session.id, limit: "2" });
    expect(first.status).toBe(200);
    const second = await get("/api/groups", { sessionId: session.id, limit: "2", cursor: first.body.nextCursor });
    const ids = [...first.body.data, ...second.body.data].map(({ id }: { id: string }) => id);
    expect(ids).toEqual([1, 2, 3].map(groupOf));
    expect(second.body.nextCursor).toBeNull();
  });

  it("wants a session, and answers 404 to another tenant's", async () => {
    expectProblem(await get("/api/groups", {}), 400, "validation_failed");
    expectProblem(await get("/api/groups", { sessionId: foreign.id }), 404, "not_found");
  });
});

describe("GET /api/groups/:groupId", () => {
  it("answers the group with everybody in it as a person", async () => {
    const { status, body } = await get(`/api/groups/${groupOf(1)}`);
    const person = { id: ana.jid, phone: "+5511900000001", lid: "11@lid", name: null };
    expect(status).toBe(200);
    expect(body).toEqual({
      id: groupOf(1),
      subject: "Group 1",
      description: null,
      owner: person,
      onlyAdminsWrite: false,
      onlyAdminsEdit: true,
      isMember: true,
      size: 1,
      participants: [{ person, role: "superadmin" }],
      createdAt: "2026-11-01T12:00:00.000Z",
      updatedAt: "2026-11-01T12:00:00.000Z",
    });
  });

  it("answers 404 to what is no group of this session's", async () => {
    for (const id of [groupOf(9), groupOf(4), "5511900000001@s.whatsapp.net", "nonsense"]) {
      expectProblem(await get(`/api/groups/${id}`), 404, "not_found");
    }
    expectProblem(await get(`/api/groups/${groupOf(9)}`, { sessionId: foreign.id }), 404, "not_found");
  });
});
