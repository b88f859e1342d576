import { describe, expect, it } from "vitest";
import type { DistributionDefinition } from "../../../local/gateway/distribution-definition.ts";
import { Edge } from "../../../local/gateway/edge.ts";
import { applyHeaderPolicy } from "../../../local/gateway/header-policy.ts";

const files: Readonly<Record<string, string>> = {
  "index.html": "root",
  "app/page.html": "page",
  "with space.txt": "spaced",
  "error.html": "sorry",
};
const origin = { type: "bucket", bucket: "console", path: "", headers: [] } as const;
const distribution: DistributionDefinition = {
  behaviours: [
    { pathPattern: "/upload/*", methods: ["PUT"], origin, headerPolicy: undefined },
    {
      pathPattern: "*",
      methods: ["GET", "HEAD"],
      origin,
      headerPolicy: { set: [{ name: "X-Frame-Options", value: "DENY", override: true }], remove: [] },
    },
  ],
  rootObject: "index.html",
  errorPages: [{ forStatus: 403, status: 404, path: "/error.html" }],
  warnings: [],
};
const edge = new Edge({
  distribution,
  apis: [],
  apiHost: "127.0.0.1:1",
  readObject: async (_, key) => {
    const text = files[key];
    return text === undefined ? undefined : { headers: [["Content-Type", "text/html"]], body: Buffer.from(text) };
  },
});
const get = async (
  path: string,
  method = "GET",
): Promise<{ status: number; text: string; frame: string | undefined }> => {
  const request = { method, path, query: "", headers: [], body: Buffer.alloc(0), sourceIp: "127.0.0.1" };
  const { status, headers, body } = await edge.handle(request);
  return { status, text: body.toString(), frame: headers.find(([name]) => name === "X-Frame-Options")?.[1] };
};

describe("Edge", () => {
  it.each([
    ["/", 200, "root"],
    ["/app/page.html", 200, "page"],
    ["/with%20space.txt", 200, "spaced"],
    // No listing, no index of folders: a bucket behind an origin access control has neither.
    ["/app/", 404, "sorry"],
    ["/missing", 404, "sorry"],
    ["/%ff%", 404, "sorry"],
  ])("answers %s with %i and %s", async (path, status, text) => {
    expect(await get(path)).toEqual({ status, text, frame: "DENY" });
  });

  it("takes the first behaviour whose pattern fits, with its own methods", async () => {
    expect((await get("/upload/index.html", "GET")).status).toBe(404);
    expect((await get("/index.html", "POST")).status).toBe(404);
  });
});

describe("applyHeaderPolicy", () => {
  it("replaces only where it says so, and removes what it names", () => {
    const policy = {
      set: [
        { name: "A", value: "policy", override: true },
        { name: "B", value: "policy", override: false },
        { name: "C", value: "policy", override: false },
      ],
      remove: ["Server"],
    };
    const headers = [
      ["a", "origin"],
      ["b", "origin"],
      ["server", "origin"],
    ] as const;
    expect(applyHeaderPolicy(policy, headers)).toEqual([
      ["b", "origin"],
      ["A", "policy"],
      ["C", "policy"],
    ]);
  });
});
