import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectProblem, type FrontDoor, openFrontDoor, type TenantOfTest } from "../front-door.ts";
import { linkedSession } from "./linked-session.ts";

let door: FrontDoor;
let tenant: TenantOfTest;
let sessionId: string;
beforeAll(async () => {
  door = await openFrontDoor();
  tenant = await door.tenant();
  sessionId = (await linkedSession(door, tenant)).id;
});
afterAll(() => door.close());

const save = (json: object) => door.ask("POST", "/api/contacts", { key: tenant.key, json });
const send = (to: string) =>
  door.ask("POST", "/api/messages/send", { key: tenant.key, json: { sessionId, to, text: "hello" } });

describe("a contact that has opted out", () => {
  it("is sent nothing, however it is named, until it has opted in again", async () => {
    const phoneNumber = "+5511977776666";
    const { body } = await save({ phoneNumber, optedOut: true });
    for (const to of [phoneNumber, phoneNumber.slice(1), "5511977776666@s.whatsapp.net"]) {
      expectProblem(await send(to), 422, "opted_out");
    }
    const back = await door.ask("PATCH", `/api/contacts/${body.id}`, { key: tenant.key, json: { optedOut: false } });
    expect(back.status).toBe(200);
    expect((await send(phoneNumber)).status).toBe(202);
  });

  it("keeps nobody else from being sent to: other contacts, strangers, groups", async () => {
    await save({ phoneNumber: "+5511977775555" });
    for (const to of ["+5511977775555", "+5511977774444", "120363000000000001@g.us"]) {
      expect((await send(to)).status).toBe(202);
    }
  });

  it("has opted out of its own tenant's messages alone", async () => {
    const other = await door.tenant();
    await door.ask("POST", "/api/contacts", {
      key: other.key,
      json: { phoneNumber: "+5511977773333", optedOut: true },
    });
    expect((await send("+5511977773333")).status).toBe(202);
  });
});
