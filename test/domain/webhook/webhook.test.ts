import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { eventTypes, type WasaasEvent } from "../../../domain/event/event.ts";
import { newId } from "../../../domain/id.ts";
import { covers, publicWebhook, type Webhook, wants } from "../../../domain/webhook/webhook.ts";

const nowMs = Date.parse("2026-11-22T10:00:00Z");
const sessionId = newId("ses", nowMs);
const tenantId = newId("ten", nowMs);

const event: WasaasEvent = {
  id: newId("evt", nowMs),
  type: "message.received",
  createdAt: "2026-11-22T10:00:00.000Z",
  tenantId,
  sessionId,
  sequence: 1,
  metadata: {},
  data: {},
};

const webhook: Webhook = {
  id: newId("whk", nowMs),
  tenantId,
  url: "https://example.com",
  events: ["*"],
  sessionIds: null,
  description: null,
  enabled: true,
  disabledReason: null,
  failingSince: null,
  failures: 0,
  secret: new Uint8Array(3),
  previousSecrets: [],
  createdAt: "2026-11-22T10:00:00.000Z",
  updatedAt: "2026-11-22T10:00:00.000Z",
};

describe("wants", () => {
  test.each([
    [["message.received"], true],
    [["message.*"], true],
    [["*"], true],
    [["session.*", "message.received"], true],
    [["message.sent"], false],
    [["session.*"], false],
  ])("an endpoint of %j gets message.received: %s", (events, wanted) => {
    expect(wants({ events, sessionIds: null }, event)).toBe(wanted);
  });

  test("an endpoint of some sessions gets theirs alone", () => {
    expect(wants({ events: ["*"], sessionIds: [sessionId] }, event)).toBe(true);
    expect(wants({ events: ["*"], sessionIds: [newId("ses", nowMs)] }, event)).toBe(false);
    expect(wants({ events: ["*"], sessionIds: [sessionId] }, { ...event, sessionId: null })).toBe(false);
  });
});

describe("covers", () => {
  test("a type by itself, its own group and everything, and nothing else", () => {
    const type = fc.constantFrom(...eventTypes);
    fc.assert(
      fc.property(type, type, (one, other) => {
        const groupOf = (name: string) => name.slice(0, name.indexOf("."));
        expect(covers(one, other)).toBe(one === other);
        expect(covers(`${groupOf(one)}.*`, other)).toBe(groupOf(one) === groupOf(other));
        expect(covers("*", other)).toBe(true);
      }),
    );
  });
});

describe("publicWebhook", () => {
  test("shows no secret, sealed or not", () => {
    expect(Object.keys(publicWebhook(webhook)).sort()).toEqual([
      "createdAt",
      "description",
      "disabledReason",
      "enabled",
      "events",
      "failingSince",
      "id",
      "sessionIds",
      "status",
      "updatedAt",
      "url",
    ]);
  });

  test.each([
    [{}, "enabled"],
    [{ failingSince: "2026-11-22T10:00:00.000Z" }, "failing"],
    [{ enabled: false }, "disabled"],
    [{ enabled: false, failingSince: "2026-11-22T10:00:00.000Z" }, "disabled"],
  ])("with %j its status is %s", (fields, status) => {
    expect(publicWebhook({ ...webhook, ...fields }).status).toBe(status);
  });
});
