import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newId } from "../../../domain/id.ts";
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

const friend = "5511900000001";
const other = "5511900000002";
const send = (json: object, as = { key: tenant.key, sessionId: session.id as string }) =>
  door.ask("POST", "/api/messages/send", {
    key: as.key,
    json: { sessionId: as.sessionId, to: friend, text: "Hi", ...json },
  });

describe("quotedMessageId of POST /api/messages/send", () => {
  it("is a message of the same chat, and stands on the message that answers it", async () => {
    const { body: first } = await send({});
    const answer = await send({ quotedMessageId: first.id });
    expect(answer).toMatchObject({ status: 202, body: { quotedMessageId: first.id } });
  });

  it("is a 404 before anything else where it is unknown, another tenant's, another session's or of another kind", async () => {
    const { body: theirs } = await send({}, { key: stranger.key, sessionId: foreign.id });
    const second = await linkedSession(door, tenant);
    const { body: elsewhere } = await send({}, { key: tenant.key, sessionId: second.id });
    for (const quotedMessageId of [newId("msg", Date.now()), theirs.id, elsewhere.id, session.id, "nonsense"]) {
      expectProblem(await send({ quotedMessageId, unknown: true, to: "not a number" }), 404, "not_found");
    }
  });

  it("is a 400 that names it where it is of another chat", async () => {
    const { body: elsewhere } = await send({ to: other });
    const answer = await send({ quotedMessageId: elsewhere.id });
    expectProblem(answer, 400, "validation_failed");
    expect(answer.body.errors).toEqual([{ path: "body.quotedMessageId", message: "is a message of another chat" }]);
  });
});

describe("mentions of POST /api/messages/send", () => {
  it("are people by number or JID, and stand on the message as people", async () => {
    const { status, body } = await send({ text: `@${other} look`, mentions: [`+${other}`, "77001133@lid"] });
    expect(status).toBe(202);
    expect(body.mentions).toMatchObject([
      { id: `${other}@s.whatsapp.net`, phone: `+${other}`, lid: null },
      { phone: null, lid: "77001133@lid" },
    ]);
  });

  it("are a 400 where one is no person, or there are too many", async () => {
    for (const mentions of [["Bob"], ["120363000000000001@g.us"], [""], "all", Array(257).fill(other)]) {
      expectProblem(await send({ mentions }), 400, "validation_failed");
    }
  });
});
