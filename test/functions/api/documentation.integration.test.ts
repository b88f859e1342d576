import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectCommonHeaders, expectProblem, type FrontDoor, openFrontDoor } from "../front-door.ts";

let door: FrontDoor;
beforeAll(async () => {
  door = await openFrontDoor();
});
afterAll(() => door.close());

describe("GET /openapi.json", () => {
  it("answers the document without a key, the same each time", async () => {
    const answer = await door.ask("GET", "/openapi.json");
    expect(answer.status).toBe(200);
    expectCommonHeaders(answer);
    expect(answer.headers["Content-Type"]).toBe("application/json; charset=utf-8");
    expect(answer.body.openapi).toMatch(/^3\.1\./);
    expect(answer.body.paths["/api/messages/send"].post.operationId).toBe("sendMessage");
    expect((await door.ask("GET", "/openapi.json", { query: { v: "1" } })).body).toEqual(answer.body);
  });

  it("says nothing of what operators and the page's own files are asked by", async () => {
    const { body } = await door.ask("GET", "/openapi.json");
    const paths = Object.keys(body.paths);
    expect(paths.filter(path => path.startsWith("/admin") || path.startsWith("/docs/"))).toEqual([]);
  });
});

describe("GET /docs", () => {
  it.each(["/docs", "/docs/"])("answers at %s a page that loads nothing from elsewhere", async path => {
    const answer = await door.ask("GET", path);
    expect(answer.status).toBe(200);
    expectCommonHeaders(answer);
    expect(answer.headers["Content-Type"]).toBe("text/html; charset=utf-8");
    const policy = answer.headers["Content-Security-Policy"];
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/https?:|\*|unsafe-eval|script-src[^;]*unsafe/);
    const loaded = [...String(answer.body).matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url ?? "");
    expect(loaded.filter(url => url !== "data:,").every(url => url.startsWith("/docs/"))).toBe(true);
  });

  it("answers each file the page loads in UTF-8, to be kept by the browser", async () => {
    const { body } = await door.ask("GET", "/docs");
    const urls = [...String(body).matchAll(/(?:src|href)="(\/docs\/[^"]+)"/g)].map(([, url]) => url ?? "");
    expect(urls).toHaveLength(3);
    for (const url of urls) {
      const [path = "", query = ""] = url.split("?v=");
      const answer = await door.ask("GET", path, { query: { v: query } });
      expect(answer.status).toBe(200);
      expectCommonHeaders(answer);
      const type = path.endsWith(".css") ? "text/css" : "text/javascript";
      expect(answer.headers["Content-Type"]).toBe(`${type}; charset=utf-8`);
      expect(answer.headers["Cache-Control"]).toMatch(/^public, max-age=\d+$/);
      expect(String(answer.body).length).toBeGreaterThan(50);
    }
  });

  it.each(["package.json", "..%2Fpackage.json", "nothing.js", "swagger-ui.css/x"])(
    "answers 404 for %s: only what the page loads is served",
    async name => {
      expectProblem(await door.ask("GET", `/docs/${name}`), 404, "not_found");
    },
  );

  it("answers 405 to anything but reading", async () => {
    for (const path of ["/docs", "/openapi.json"]) {
      const answer = expectProblem(await door.ask("POST", path), 405, "method_not_allowed");
      expect(answer.headers.Allow).toBe("GET, HEAD, OPTIONS");
    }
  });
});
