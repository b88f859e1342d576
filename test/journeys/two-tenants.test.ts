import { describe, expect, it } from "vitest";
import { eventually } from "../eventually.ts";
import { type Answer, Customer } from "./customer.ts";
import { type JourneyProduct, onSharedProduct } from "./journey-product.ts";
import { wasaas } from "./product.ts";

describe("two tenants of one installation", () => {
  let product: JourneyProduct;
  onSharedProduct(fresh => {
    product = fresh;
  });

  async function tenant(name: string, plan: string): Promise<Customer> {
    const { id } = await wasaas(product.dataPath, "tenants", "create", "--name", name, "--plan", plan);
    const { key } = await wasaas(product.dataPath, "keys", "create", "--tenant", String(id), "--label", "journey");
    return new Customer(product.ready.api, String(key));
  }

  const linkedSession = (customer: Customer, number: string) =>
    customer.linkedSession(product.whatsapp, number, { name: number });

  it("talk to each other, and see nothing of each other", async () => {
    const [acme, globex] = await Promise.all([tenant("Acme", "pro"), tenant("Globex", "pro")]);
    const numbers = { acme: ["15550000011", "15550000012"], globex: ["15550000021", "15550000022"] };
    const acmeSessions: string[] = [];
    const globexSessions: string[] = [];
    for (const number of numbers.acme) acmeSessions.push(await linkedSession(acme, number));
    for (const number of numbers.globex) globexSessions.push(await linkedSession(globex, number));

    const there = await acme.post("/api/messages/send", {
      sessionId: acmeSessions[0],
      to: numbers.globex[1],
      text: "from Acme",
    });
    expect(there.status).toBe(202);
    const back = await globex.post("/api/messages/send", {
      sessionId: globexSessions[1],
      to: numbers.acme[0],
      text: "from Globex",
    });
    expect(back.status).toBe(202);
    const texts = async (customer: Customer, sessionId: string | undefined, peer: string | undefined) => {
      const { body } = await customer.get(`/api/messages/${peer}@s.whatsapp.net?sessionId=${sessionId}`);
      return body.data.map(message => message.text).sort();
    };
    const both = ["from Acme", "from Globex"];
    await eventually("both histories to hold both messages", async () => {
      const mine = await texts(acme, acmeSessions[0], numbers.globex[1]);
      const theirs = await texts(globex, globexSessions[1], numbers.acme[0]);
      return mine.join() === both.join() && theirs.join() === both.join();
    });

    const chat = there.body.chatId;
    const hook = await acme.post("/api/webhooks", { url: "http://127.0.0.1:9/hook", events: ["*"] });
    const foreign = [
      await globex.get(`/api/sessions/${acmeSessions[0]}`),
      await globex.ask("PATCH", `/api/sessions/${acmeSessions[0]}`, { nonsense: true }),
      await globex.ask("DELETE", `/api/sessions/${acmeSessions[0]}`),
      await globex.post(`/api/sessions/${acmeSessions[0]}/restart`),
      await globex.get(`/api/messages/${chat}?sessionId=${acmeSessions[0]}`),
      await globex.get(`/api/messages/${chat}/${there.body.id}?sessionId=${globexSessions[0]}`),
      await globex.post("/api/messages/send", { sessionId: acmeSessions[0], to: "not a number", text: 7 }),
      await globex.get(`/api/webhooks/${hook.body.id}`),
      await globex.ask("DELETE", `/api/webhooks/${hook.body.id}`),
      await globex.post("/api/webhooks", { url: "nonsense", events: [], sessionIds: [acmeSessions[0]] }),
    ];
    for (const answer of foreign) {
      expect(answer.status).toBe(404);
      expect({ ...answer.body, requestId: "" }).toEqual({ ...foreign[0]?.body, requestId: "" });
    }
    expect((await acme.session(acmeSessions[0] ?? "")).status).toBe("connected");
  });

  it("refuses a free tenant's 101st request of a minute, exactly, under 50 concurrent clients", async () => {
    const customer = await tenant("Frugal", "free");
    // The window is the UTC clock minute: start early in one, so that all requests fall into it.
    await eventually("a minute to begin", () => new Date().getUTCSeconds() < 20, 60_000);
    const limited: Answer[] = [];
    let asked = 0;
    const client = async () => {
      while (asked++ < 150) limited.push(await customer.get("/api/sessions"));
    };
    await Promise.all(Array.from({ length: 50 }, client));
    const passed = limited.filter(answer => answer.status === 200);
    const refused = limited.filter(answer => answer.status === 429);
    expect(passed).toHaveLength(100);
    expect(refused).toHaveLength(50);
    const remaining = passed.map(answer => Number(answer.headers.get("x-ratelimit-remaining"))).sort((a, b) => a - b);
    expect(remaining).toEqual(Array.from({ length: 100 }, (_, position) => position));
    for (const answer of refused) {
      expect(answer.body.code).toBe("rate_limited");
      expect(answer.headers.get("content-type")).toMatch(/^application\/problem\+json/);
      expect(answer.headers.get("x-ratelimit-limit")).toBe("100");
      expect(answer.headers.get("x-ratelimit-remaining")).toBe("0");
      expect(Number(answer.headers.get("x-ratelimit-reset")) % 60).toBe(0);
      expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(answer.headers.get("x-request-id")).toBeTruthy();
      expect(answer.headers.get("x-api-version")).toBe("2026-11-01");
    }
  });
});
