import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { createClient } from "wasaas/client";
import { readmePath, readmeWithApi } from "../../client/readme.ts";
import { clientTypes, typesPath } from "../../client/types.ts";

describe("the typed client", () => {
  it("has the types of the table of endpoints as it is now: else run `npm run generate`", async () => {
    expect(await readFile(typesPath, "utf8")).toBe(await clientTypes());
  });

  it("asks as the document says, with the key and the version", async () => {
    const asked: Request[] = [];
    const answer = async (request: Request) => {
      asked.push(request);
      return Response.json({ code: "not_found" }, { status: 404 });
    };
    const client = createClient({ baseUrl: "https://wasaas.example", apiKey: "wa_test_key", fetch: answer });
    const { data, error } = await client.POST("/api/sessions/{sessionId}/restart", {
      params: { path: { sessionId: "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB" }, header: { "Idempotency-Key": "once" } },
    });
    expect(data).toBeUndefined();
    expect(error?.code).toBe("not_found");
    const [request] = asked;
    expect(request?.url).toBe("https://wasaas.example/api/sessions/ses_01JD3Z8QK6W7P9V2M4N5X0T1RB/restart");
    expect(request?.headers.get("authorization")).toBe("Bearer wa_test_key");
    expect(request?.headers.get("x-api-version")).toBe("2026-11-01");
    expect(request?.headers.get("idempotency-key")).toBe("once");
  });
});

describe("the README's API section", () => {
  it("lists every call of the table as it is now: else run `npm run generate`", async () => {
    expect(await readFile(readmePath, "utf8")).toBe(await readmeWithApi());
  });
});
