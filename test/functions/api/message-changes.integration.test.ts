import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Lane } from "../../../domain/outbox/outbox.ts";
import { outboxHead } from "../../../domain/outbox/store.ts";
import type { Session } from "../../../domain/session/session.ts";
import { expectProblem, type FrontDoor, openFrontDoor, type TenantOfTest } from "../front-door.ts";
import { linkedSession, setStatus } from "./linked-session.ts";

let door: FrontDoor;
let tenant: TenantOfTest;
let stranger: TenantOfTest;
let session: Session;
beforeAll(async () => {
  door = await openFrontDoor();
  [tenant, stranger] = [await door.tenant(), await door.tenant()];
  session = await linkedSession(door, tenant);
});
afterAll(() => door.close());

const changes = [
  { name: "reactions", method: "POST", path: "/reactions", more: { emoji: "👍" } },
  { name: "edit", method: "POST", path: "/edit", more: { text: "second" } },
  { name: "delete", method: "DELETE", path: "", more: {} },
] as const;

async function sent(priority = "normal", sessionId = session.id) {
  const json = { sessionId, to: "+15551112222", text: "first", priority };
  return (await door.ask("POST", "/api/messages/send", { key: tenant.key, json })).body;
}

function change(
  message: { chatId: string; id: string },
  { method, path, more }: { method: string; path: string; more: object },
  key = tenant.key,
  sessionId = session.id,
) {
  const address = `/api/messages/${message.chatId}/${message.id}${path}`;
  if (method === "DELETE") return door.ask(method, address, { key, query: { sessionId } });
  return door.ask(method, address, { key, json: { sessionId, ...more } });
}

const rowsOf = async (lane: Lane) =>
  (await outboxHead(door.aws.db, session, lane, 100)).filter(row => row.type === "message.change");

describe.each(changes)("$method /api/messages/:chatId/:messageId$path", asked => {
  it("answers 202 with the message as it is, and puts the change behind it", async () => {
    const message = await sent("low");
    const before = (await rowsOf("low")).length;
    const answer = await change(message, asked);
    expect(answer).toMatchObject({ status: 202, body: { id: message.id, text: "first", status: "queued" } });
    const rows = await rowsOf("low");
    expect(rows).toHaveLength(before + 1);
    expect(rows.at(-1)).toMatchObject({ messageId: message.id, to: message.chatId });
  });

  it("answers 404 to another tenant and for an unknown message, and 401 without a key", async () => {
    const message = await sent();
    expectProblem(await change(message, asked, stranger.key), 404, "not_found");
    const unknown = { ...message, id: "msg_01JD3Z8QK6W7P9V2M4N5X0T1RB" };
    expectProblem(await change(unknown, asked), 404, "not_found");
    const nobody = await door.ask(asked.method, `/api/messages/${message.chatId}/${message.id}${asked.path}`);
    expectProblem(nobody, 401, "unauthorized");
  });

  it("answers 409 while the session is disconnected", async () => {
    const other = await linkedSession(door, tenant);
    const message = await sent("normal", other.id);
    await setStatus(door, tenant, other.id, "disconnected");
    expectProblem(await change(message, asked, tenant.key, other.id), 409, "session_not_connected");
  });
});

describe("a change that makes no sense", () => {
  it("is refused: nobody marks read what they wrote", async () => {
    const read = { method: "POST", path: "/read", more: {} };
    expectProblem(await change(await sent(), read), 409, "invalid_transition");
  });

  it.each([{ emoji: "two" }, { emoji: "👍👍" }, { emoji: 1 }, {}, { emoji: "👍", more: 1 }])(
    "is refused: the reaction %j",
    async more => {
      const answer = await change(await sent(), { method: "POST", path: "/reactions", more });
      expectProblem(answer, 400, "validation_failed");
    },
  );

  it.each(["👍", "👍🏽", "🇧🇷", "❤️", "1️⃣", "👩‍👩‍👧‍👦", ""])("is not a reaction with %j", async emoji => {
    expect((await change(await sent(), { method: "POST", path: "/reactions", more: { emoji } })).status).toBe(202);
  });
});
