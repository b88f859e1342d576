import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { MediaBucket } from "../../../lib/media-bucket.ts";
import { corsRulesOf } from "../../../local/installation/provision/bucket.ts";
import { type InstalledFront, installFront } from "./installed-front.ts";

const page = "https://app.example.com";
const anybody = "the-product";
const named = "named-origins";

let installed: InstalledFront;
let s3: S3Client;
beforeAll(async () => {
  installed = await installFront();
  s3 = new S3Client({ ...installed.runner, forcePathStyle: true, requestChecksumCalculation: "WHEN_REQUIRED" });
  for (const Bucket of [anybody, named, "closed"]) await s3.send(new CreateBucketCommand({ Bucket }));
  installed.front.bucketCors.set(anybody, corsRulesOf(mediaBucketProperties()));
  const nobodyElse = { exposedHeaders: [], allowedHeaders: [] };
  installed.front.bucketCors.set(named, [
    { ...nobodyElse, allowedOrigins: ["https://other.example.com"], allowedMethods: ["PUT", "GET", "DELETE"] },
    { ...nobodyElse, allowedOrigins: ["https://*.example.com"], allowedMethods: ["PUT"], allowedHeaders: ["X-Amz-*"] },
  ]);
});
afterAll(() => installed.remove());

/** What the template says of the bucket that customers upload to. */
function mediaBucketProperties(): unknown {
  const stack = new Stack(new App(), "Test");
  new MediaBucket(stack, "Media", { expiresAfterDays: 90 });
  const resources = Template.fromStack(stack).findResources("AWS::S3::Bucket");
  return z.object({ Properties: z.unknown() }).parse(Object.values(resources)[0]).Properties;
}

const putUrl = (Bucket: string) =>
  getSignedUrl(s3, new PutObjectCommand({ Bucket, Key: "cat.jpg" }), { expiresIn: 60 });
const preflight = (url: string, headers: Record<string, string>) => fetch(url, { method: "OPTIONS", headers });
const asking = (method: string, origin = page, headers = "content-type") => ({
  Origin: origin,
  "Access-Control-Request-Method": method,
  ...(headers === "" ? {} : { "Access-Control-Request-Headers": headers }),
});

function corsOf(response: Response): Record<string, string> {
  return Object.fromEntries([...response.headers].filter(([name]) => name.startsWith("access-control-")));
}

describe("a page of another origin", () => {
  it("may put a file to a presigned URL of the product's bucket, and read it", async () => {
    const url = await putUrl(anybody);
    const allowed = await preflight(url, asking("PUT"));
    expect(allowed.status).toBe(200);
    expect(corsOf(allowed)).toEqual({
      "access-control-allow-origin": "*",
      "access-control-allow-methods": "PUT, GET, HEAD",
      "access-control-allow-headers": "content-type",
      "access-control-expose-headers": "ETag",
      "access-control-max-age": "3600",
    });
    expect(allowed.headers.get("vary")).toContain("Origin");
    const put = await fetch(url, {
      method: "PUT",
      body: "meow",
      headers: { Origin: page, "Content-Type": "image/jpeg" },
    });
    expect([put.status, corsOf(put)["access-control-allow-origin"]]).toEqual([200, "*"]);
    const get = await getSignedUrl(s3, new GetObjectCommand({ Bucket: anybody, Key: "cat.jpg" }), { expiresIn: 60 });
    const got = await fetch(get, { headers: { Origin: page } });
    expect([await got.text(), corsOf(got)["access-control-expose-headers"]]).toEqual(["meow", "ETag"]);
  });

  it("is told of an error too", async () => {
    const refused = await fetch(`${installed.front.url}/${anybody}/cat.jpg`, { headers: { Origin: page } });
    expect([refused.status, corsOf(refused)["access-control-allow-origin"]]).toEqual([403, "*"]);
  });

  it("is refused by S3's words what no rule allows", async () => {
    const url = await putUrl(anybody);
    for (const [asked, status, code] of [
      [asking("DELETE"), 403, "AccessForbidden"],
      [{ Origin: page }, 400, "BadRequest"],
      [{ "Access-Control-Request-Method": "PUT" }, 400, "BadRequest"],
    ] as const) {
      const answer = await preflight(url, asked);
      expect([answer.status, corsOf(answer)]).toEqual([status, {}]);
      expect(await answer.text()).toContain(`<Code>${code}</Code>`);
    }
    const closed = await preflight(await putUrl("closed"), asking("PUT"));
    expect([closed.status, await closed.text()]).toEqual([403, expect.stringContaining("CORS is not enabled")]);
  });

  it("gets what the first rule that fits its origin, method and headers says", async () => {
    const url = await putUrl(named);
    const other = await preflight(url, asking("PUT", "https://other.example.com", ""));
    expect(corsOf(other)).toEqual({
      "access-control-allow-origin": "https://other.example.com",
      "access-control-allow-credentials": "true",
      "access-control-allow-methods": "PUT, GET, DELETE",
    });
    const second = await preflight(url, asking("PUT", "https://other.example.com", "x-amz-meta-a, X-Amz-Meta-B"));
    expect(corsOf(second)).toMatchObject({
      "access-control-allow-methods": "PUT",
      "access-control-allow-headers": "x-amz-meta-a, x-amz-meta-b",
    });
    for (const asked of [asking("PUT", page), asking("GET", page, ""), asking("PUT", "https://example.org", "")])
      expect((await preflight(url, asked)).status).toBe(403);
    const unasked = await fetch(url, { method: "PUT", body: "x", headers: { Origin: "https://example.org" } });
    expect([unasked.status, corsOf(unasked)]).toEqual([200, {}]);
  });

  it("sees nothing of it who is no browser", async () => {
    const put = await fetch(await putUrl(anybody), { method: "PUT", body: "meow" });
    expect([put.status, corsOf(put)]).toEqual([200, {}]);
  });
});
