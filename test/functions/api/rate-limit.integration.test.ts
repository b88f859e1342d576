import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answered, expectProblem, type FrontDoor, openFrontDoor } from "../front-door.ts";

let door: FrontDoor;
beforeAll(async () => {
  door = await openFrontDoor();
});
afterAll(() => door.close());

/** Answers by the minute they were counted in: a test that runs over the turn of one holds all the same. */
function byWindow(answers: readonly Answered[]): Answered[][] {
  return [...Map.groupBy(answers, ({ headers }) => headers["X-RateLimit-Reset"]).values()];
}

async function askConcurrently(clients: number, total: number, ask: (nth: number) => Promise<Answered>) {
  const answers: Answered[] = [];
  let nth = 0;
  const client = async () => {
    while (nth < total) answers.push(await ask(nth++));
  };
  await Promise.all(Array.from({ length: clients }, client));
  return answers;
}

describe("the rate limit", () => {
  it("lets exactly the plan's 100 a minute pass under 50 concurrent clients, 404s and replays among them", async () => {
    const { key } = await door.tenant("free");
    const replayed = { key, json: {}, headers: { "Idempotency-Key": "again" } };
    const answers = await askConcurrently(50, 150, nth => {
      if (nth % 3 === 0) return door.ask("GET", "/api/sessions/unknown", { key });
      return nth % 3 === 1 ? door.ask("GET", "/nowhere", { key }) : door.ask("POST", "/api/sessions", replayed);
    });
    for (const window of byWindow(answers)) {
      const passed = window.filter(({ status }) => status !== 429);
      expect(passed).toHaveLength(Math.min(100, window.length));
      const remaining = passed.map(({ headers }) => Number(headers["X-RateLimit-Remaining"])).sort((a, b) => b - a);
      expect(remaining).toEqual(Array.from({ length: passed.length }, (_, nth) => 99 - nth));
      for (const refused of window.filter(({ status }) => status === 429)) {
        expectProblem(refused, 429, "rate_limited");
        expect(refused.headers).toMatchObject({ "X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "0" });
        const retryAfter = Number(refused.headers["Retry-After"]);
        expect(retryAfter).toBeGreaterThanOrEqual(1);
        expect(retryAfter).toBeLessThanOrEqual(60);
      }
    }
  });

  it("counts all keys of a tenant together and each tenant for itself", async () => {
    const tenant = await door.tenant("enterprise", 5);
    const second = await door.operate("POST", "/admin/keys", { json: { tenantId: tenant.id } });
    const other = await door.tenant("enterprise", 5);
    const keys = [tenant.key, second.body.key];
    const answers = await askConcurrently(8, 8, nth => door.ask("GET", "/api/sessions", { key: keys[nth % 2] }));
    for (const window of byWindow(answers)) {
      expect(window.filter(({ status }) => status === 200)).toHaveLength(Math.min(5, window.length));
    }
    const { headers } = await door.ask("GET", "/api/sessions", { key: other.key });
    expect(headers).toMatchObject({ "X-RateLimit-Limit": "5", "X-RateLimit-Remaining": "4" });
  });
});
