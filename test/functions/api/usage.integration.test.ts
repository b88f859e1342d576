import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WasaasEvent } from "../../../domain/event/event.ts";
import { newId } from "../../../domain/id.ts";
import type { StoredMessage } from "../../../domain/message/message.ts";
import { advanceMessage, findMessage, storeSeenMessage } from "../../../domain/message/store.ts";
import { newDelivery } from "../../../domain/webhook/delivery.ts";
import { createDelivery, recordAttempt } from "../../../domain/webhook/delivery-store.ts";
import { findWebhook } from "../../../domain/webhook/store.ts";
import { expectProblem, type FrontDoor, openFrontDoor, type TenantOfTest } from "../front-door.ts";
import { linkedSession } from "./linked-session.ts";

let door: FrontDoor;
beforeAll(async () => {
  door = await openFrontDoor();
});
afterAll(() => door.close());

const usageOf = async (tenant: TenantOfTest) => (await door.ask("GET", "/api/usage", { key: tenant.key })).body;
const none = { sent: 0, delivered: 0, failed: 0, received: 0 };

async function sent(tenant: TenantOfTest, sessionId: string): Promise<StoredMessage> {
  const json = { sessionId, to: "+5511912345678", text: "Hi" };
  const { body } = await door.ask("POST", "/api/messages/send", { key: tenant.key, json });
  const ref = { tenantId: tenant.id, sessionId, chatKey: body.chatId, id: body.id } as StoredMessage;
  return found(ref);
}

async function found(ref: StoredMessage): Promise<StoredMessage> {
  const message = await findMessage(door.aws.db, ref);
  if (message === undefined) throw new Error("the message is not there");
  return message;
}

/** Moves a message on as its session's host does, and says it twice. */
async function advance(ref: StoredMessage, ...statuses: ("sent" | "delivered" | "read" | "failed")[]): Promise<void> {
  for (const status of statuses) {
    const message = await found(ref);
    const step = { message, status, error: null, at: new Date().toISOString(), event: undefined, endsRow: undefined };
    expect(await advanceMessage(door.aws.db, step)).toBe(true);
    expect(await advanceMessage(door.aws.db, step)).toBe(false);
  }
}

describe("GET /api/usage", () => {
  it("shows the plan, its limits and that nothing was done yet but ask", async () => {
    const tenant = await door.tenant("free");
    expect(await usageOf(tenant)).toEqual({
      plan: "free",
      rateLimit: 100,
      sessions: { used: 0, limit: 2 },
      month: { requests: 1, messages: none, webhookDeliveries: 0 },
    });
    const enterprise = await door.tenant("enterprise", 7);
    expect(await usageOf(enterprise)).toMatchObject({ rateLimit: 7, sessions: { used: 0, limit: null } });
  });

  it("counts every request with a valid key, 404s and refusals too, and sessions while they stand", async () => {
    const tenant = await door.tenant("enterprise", 4);
    await door.ask("POST", "/api/sessions", { key: tenant.key, json: {} });
    await door.ask("GET", "/api/nothing", { key: tenant.key });
    expectProblem(await door.ask("GET", "/api/nothing"), 404, "not_found");
    expect(await usageOf(tenant)).toMatchObject({ sessions: { used: 1 }, month: { requests: 3 } });
    await door.ask("GET", "/api/events", { key: tenant.key });
    expectProblem(await door.ask("GET", "/api/usage", { key: tenant.key }), 429, "rate_limited");
  });

  it("counts messages as they move, over all sessions, once however often it is said", async () => {
    const tenant = await door.tenant();
    const [one, other] = [await linkedSession(door, tenant), await linkedSession(door, tenant)];
    await advance(await sent(tenant, one.id), "sent", "delivered", "read");
    await advance(await sent(tenant, one.id), "failed");
    await advance(await sent(tenant, other.id), "sent");
    // A receipt that says `read` before any said `delivered`.
    const message = await sent(tenant, other.id);
    await advance(message, "sent", "read");
    const inbound: StoredMessage = {
      ...message,
      id: newId("msg", Date.now()),
      waMessageId: "3EB0INBOUND",
      direction: "inbound",
      source: "phone",
      status: "received",
    };
    const seen = { message: inbound, sender: "5511912345678@s.whatsapp.net", event: undefined };
    expect(await storeSeenMessage(door.aws.db, seen)).toBe(true);
    expect(await storeSeenMessage(door.aws.db, seen)).toBe(false);
    const fromPhone: StoredMessage = { ...inbound, direction: "outbound", status: "sent", waMessageId: "3EB0PHONE" };
    const written = { ...fromPhone, id: newId("msg", Date.now()) };
    await storeSeenMessage(door.aws.db, { message: written, sender: "me", event: undefined });
    await advance(written, "delivered");
    expect((await usageOf(tenant)).month.messages).toEqual({ sent: 3, delivered: 2, failed: 1, received: 1 });
    expect((await usageOf(await door.tenant())).month.messages).toEqual(none);
  });

  it("counts webhooks that an endpoint took, once each", async () => {
    const tenant = await door.tenant();
    const json = { url: "http://localhost:1/hook", events: ["*"] };
    const { body } = await door.ask("POST", "/api/webhooks", { key: tenant.key, json });
    const webhook = await findWebhook(door.aws.db, tenant.id, body.id);
    if (webhook === undefined) throw new Error("the webhook is not there");
    for (const status of ["delivered", "delivered", "failed"] as const) {
      const nowMs = Date.now();
      const event: WasaasEvent = {
        id: newId("evt", nowMs),
        type: "webhook.test",
        createdAt: new Date(nowMs).toISOString(),
        tenantId: webhook.tenantId,
        sessionId: null,
        sequence: 0,
        metadata: {},
        data: {},
      };
      const delivery = newDelivery(webhook, event, nowMs);
      const times = { nowMs, lookAtMs: nowMs };
      await createDelivery(door.aws.db, delivery, times);
      const attempt = { number: 1, at: new Date(nowMs).toISOString(), statusCode: 200, error: null, latencyMs: 5 };
      expect(await recordAttempt(door.aws.db, delivery, attempt, { status }, times)).toBe(true);
      expect(await recordAttempt(door.aws.db, delivery, attempt, { status }, times)).toBe(false);
    }
    expect((await usageOf(tenant)).month.webhookDeliveries).toBe(2);
  });

  it("needs a key", async () => {
    expectProblem(await door.ask("GET", "/api/usage"), 401, "unauthorized");
  });
});
