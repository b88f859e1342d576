import { describe, expect, it } from "vitest";
import { eventually } from "../eventually.ts";
import { type Answer, Customer } from "./customer.ts";
import { type JourneyProduct, onSharedProduct } from "./journey-product.ts";
import { wasaas } from "./product.ts";

const owner = "15550000085";
const friend = "15551112285";
const limit = 60;

describe("many requests at once", () => {
  let product: JourneyProduct;
  onSharedProduct(fresh => {
    product = fresh;
  });

  it("with one Idempotency-Key make one message: a hundred are told of the same, or that it is still being made", async () => {
    const { customer, whatsapp } = product;
    await whatsapp.phone(friend);
    const sessionId = await customer.linkedSession(whatsapp, owner, { name: "At once" });

    const body = { sessionId, to: friend, text: "once" };
    const send = () => customer.post("/api/messages/send", body, { "idempotency-key": "a hundred" });
    const answers = await Promise.all(Array.from({ length: 100 }, send));
    const made = answers.filter(({ status }) => status === 202);
    const early = answers.filter(({ status }) => status === 409);
    expect(made.length + early.length).toBe(100);
    expect(new Set(early.map(({ body: { code } }) => code)).size).toBeLessThanOrEqual(1);
    for (const { body: problem } of early) expect(problem.code).toBe("idempotency_in_progress");
    expect(made.filter(({ headers }) => headers.get("idempotent-replayed") === null)).toHaveLength(1);
    const again = await send();
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(new Set([again, ...made].map(answer => answer.body.id)).size).toBe(1);

    const { id, chatId } = again.body;
    await customer.messageThatIs("delivered", { id, chatId, sessionId });
    expect(await customer.history(sessionId, chatId)).toHaveLength(1);
    expect((await whatsapp.received(friend)).map(({ text, copies }) => [text, copies])).toEqual([["once", 1]]);
  });

  it("pass up to the tenant's limit and not one more: sixty of a thousand", async () => {
    const created = await wasaas(
      product.dataPath,
      ...["tenants", "create", "--name", "Bounded", "--plan", "enterprise"],
      "--rate-limit",
      String(limit),
    );
    const { key } = await wasaas(product.dataPath, "keys", "create", "--tenant", String(created.id));
    const customer = new Customer(product.ready.api, String(key));
    // The window is the UTC clock minute: begun early in one, all requests fall into it.
    await eventually("a minute to begin", () => new Date().getUTCSeconds() < 15, 60_000);
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => customer.get("/api/sessions")));
    expect(answers.map(({ status }) => status).filter(status => status !== 200 && status !== 429)).toEqual([]);
    // On a machine so busy that a minute was not enough, the limit holds in each minute that the requests fell into.
    const windows = [...Map.groupBy(answers, windowOf).values()];
    for (const inWindow of windows) {
      const passed = inWindow.filter(({ status }) => status === 200);
      expect(passed).toHaveLength(Math.min(limit, inWindow.length));
    }
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(500);
    for (const { body, headers } of refused) {
      expect(body.code).toBe("rate_limited");
      expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    }
  });
});

const windowOf = ({ headers }: Answer) => headers.get("x-ratelimit-reset");
