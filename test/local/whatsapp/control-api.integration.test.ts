import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ControlClient } from "./control-client.ts";
import { Simulation } from "./simulation.ts";

const ALICE = "15550000001";

describe("the control API", () => {
  let simulation: Simulation;
  let control: ControlClient;

  beforeAll(async () => {
    simulation = await Simulation.start();
    control = simulation.control;
    await control.createPhone(ALICE, "Alice");
  });

  afterAll(() => simulation.close());

  it("makes a phone once, with a LID and a name of its own", async () => {
    const made = await control.call("POST", "/phones", { number: "+15557654321" });
    expect(made).toMatchObject({
      status: 201,
      body: { number: "15557654321", jid: "15557654321@s.whatsapp.net", name: "Phone 15557654321" },
    });
    expect(made.body).toHaveProperty("lid", expect.stringMatching(/^\d{15}@lid$/));
    expect(await control.call("POST", "/phones", { number: "15557654321" })).toMatchObject({ status: 409 });
    const list = await control.ok("GET", "/phones");
    expect(list).toMatchObject({ data: [{ number: ALICE, devices: [] }, { number: "15557654321" }] });
  });

  it("shows a phone's settings and changes only those that are named", async () => {
    expect(await control.phone(ALICE)).toMatchObject({
      online: true,
      readsMessages: false,
      repliesWith: null,
      deliveryDelayMs: 200,
    });
    await control.change(ALICE, { readsMessages: true, repliesWith: "later", name: "Alice Liddell" });
    expect(await control.change(ALICE, { online: false })).toMatchObject({
      name: "Alice Liddell",
      online: false,
      readsMessages: true,
      repliesWith: "later",
    });
    await control.change(ALICE, { online: true, readsMessages: false, repliesWith: null, name: "Alice" });
  });

  it.each([
    ["POST", "/phones", {}],
    ["POST", "/phones", { number: "12" }],
    ["POST", "/phones", { number: 15550000009 }],
    ["POST", "/phones", { number: "15550000009", colour: "red" }],
    ["PATCH", `/phones/${ALICE}`, { online: "yes" }],
    ["PATCH", `/phones/${ALICE}`, { deliveryDelayMs: -1 }],
    ["PATCH", `/phones/${ALICE}`, { unknown: true }],
    ["POST", `/phones/${ALICE}/scan`, {}],
    ["POST", `/phones/${ALICE}/scan`, { qr: "not a code" }],
    ["POST", `/phones/${ALICE}/messages`, { to: ALICE }],
    ["POST", `/phones/${ALICE}/messages`, { to: ALICE, text: "" }],
    ["POST", `/phones/${ALICE}/messages`, { to: "nobody", text: "hello" }],
    ["POST", `/phones/${ALICE}/messages`, { to: ALICE, text: "hello", media: {} }],
    ["POST", `/phones/${ALICE}/read`, { ids: [] }],
    ["POST", `/phones/${ALICE}/messages`, { to: ALICE, location: { latitude: 91, longitude: 0 } }],
    ["POST", `/phones/${ALICE}/messages`, { to: ALICE, poll: { question: "?", options: ["one"] } }],
    ["POST", `/phones/${ALICE}/call`, { to: ALICE, kind: "smoke" }],
    ["POST", `/phones/${ALICE}/typing`, {}],
    ["GET", `/phones/${ALICE}/messages?after=x`, undefined],
    ["GET", `/phones/${ALICE}/messages?limit=1`, undefined],
    ["POST", "/faults", { kind: "delay" }],
    ["POST", "/faults", { kind: "no such kind" }],
    ["POST", "/faults", { kind: "refuse" }],
    ["POST", "/faults", { kind: "conflict", code: "other" }],
    ["POST", "/faults", { kind: "nack", code: "x" }],
    ["POST", "/faults", undefined],
  ])("answers %s %s with %j by a 400 that says what is wrong", async (method, path, body) => {
    expect(await control.call(method, path, body)).toMatchObject({ status: 400, body: { status: 400 } });
  });

  it("names every field that is wrong", async () => {
    const { body } = await control.call("PATCH", `/phones/${ALICE}`, { online: 1, readsMessages: 2 });
    expect(body).toMatchObject({ code: "validation_failed", errors: [{ path: "online" }, { path: "readsMessages" }] });
  });

  it("answers a body that is no JSON by a 400", async () => {
    const response = await fetch(`${simulation.server.controlUrl}/phones`, { method: "POST", body: "{" });
    expect(response.status).toBe(400);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
  });

  it.each([
    ["GET", "/phones/15559999999", undefined],
    ["GET", "/phones/abc", undefined],
    ["PATCH", "/phones/15559999999", {}],
    ["DELETE", `/phones/${ALICE}/devices/7`, undefined],
    ["POST", `/phones/${ALICE}/messages`, { to: "15559999999", text: "hello" }],
    ["POST", `/phones/${ALICE}/read`, { ids: ["3EB0"] }],
    ["POST", `/phones/${ALICE}/scan`, { qr: "https://wa.me/settings/linked_devices#2@x,AAAA,AAAA,AAAA,1" }],
    ["POST", "/faults", { kind: "drop", number: "15559999999" }],
    ["GET", "/nothing", undefined],
  ])("answers %s %s with %j by a 404", async (method, path, body) => {
    expect(await control.call(method, path, body)).toMatchObject({ status: 404, body: { status: 404 } });
  });

  it("answers a method that a path does not take by a 405", async () => {
    expect(await control.call("PUT", `/phones/${ALICE}`, {})).toMatchObject({ status: 405 });
  });

  it("sends nothing from a phone that is offline", async () => {
    await control.change(ALICE, { online: false });
    expect(await control.call("POST", `/phones/${ALICE}/messages`, { to: ALICE, text: "x" })).toMatchObject({
      status: 409,
      body: { code: "phone_offline" },
    });
    await control.change(ALICE, { online: true });
  });

  it("counts traffic and lists the hosts as it was told", async () => {
    expect(await control.ok("GET", "/stats")).toEqual({
      connections: 0,
      connectsTotal: 0,
      maxSocketsPerDevice: 0,
      replaced: 0,
      loginsFailed: 0,
      messagesAccepted: 0,
      messagesDelivered: 0,
      nacks: 0,
      preKeysUploaded: 0,
      keyQueries: 0,
      keysGiven: 0,
      keysGivenAgain: 0,
      sentToFormerLids: 0,
      groupKeysOutlived: 0,
      bytesIn: 0,
      bytesOut: 0,
    });
    expect(await control.ok("GET", "/logins")).toEqual({ data: [] });
    expect(await control.ok("GET", "/hosts")).toEqual([]);
    simulation.server.setHosts([{ id: "host-1", pid: 12 }]);
    expect(await control.ok("GET", "/hosts")).toEqual([{ id: "host-1", pid: 12 }]);
  });

  it("gives a fault back with its id and clears all of them", async () => {
    const { status, body } = await control.call("POST", "/faults", { kind: "delay", ms: 5, number: ALICE });
    expect(status).toBe(201);
    expect(body).toMatchObject({ id: expect.any(String), kind: "delay", ms: 5, number: ALICE });
    expect(await control.call("DELETE", "/faults")).toEqual({ status: 204, body: undefined });
  });
});
