import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import { describe, expect, it } from "vitest";
import { signatureClaimOf, verifySignature } from "../../../local/aws/signature.ts";
import type { SignedRequest } from "../../../local/aws/signed-request.ts";

const credentials = { accessKeyId: "AKIATEST", secretAccessKey: "a secret" };
const nowMs = Date.parse("2026-11-22T10:00:00Z");
const against = { secret: credentials.secretAccessKey, region: "eu-west-1", nowMs };

async function signed(wanted: {
  service?: string;
  path?: string;
  query?: Record<string, string | string[]>;
  headers?: Record<string, string>;
  body?: string;
  signedAtMs?: number;
}): Promise<SignedRequest> {
  const { service = "dynamodb", path = "/", query = {}, headers = {}, body = "" } = wanted;
  const signer = new SignatureV4({
    credentials,
    region: "eu-west-1",
    service,
    sha256: Sha256,
    uriEscapePath: service !== "s3",
  });
  const request = await signer.sign(
    { method: "POST", protocol: "http:", hostname: "h", path, query, headers: { host: "h:1", ...headers }, body },
    { signingDate: new Date(wanted.signedAtMs ?? nowMs) },
  );
  const lowerCase = Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]);
  const pairs = Object.entries(query).flatMap(([name, values]) => [values].flat().map(value => [name, value] as const));
  const rawQuery = pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&");
  return { method: "POST", path, query: rawQuery, headers: Object.fromEntries(lowerCase), body: Buffer.from(body) };
}

function faultOf(request: SignedRequest, against_ = against) {
  const claim = signatureClaimOf(request);
  return claim === undefined ? "no claim" : verifySignature(request, claim, against_);
}

describe("a request signed by the SDK's library", () => {
  it.each([
    ["with a body", { body: '{"TableName":"ü"}' }],
    ["with a query to be ordered and escaped", { query: { b: ["2", "1"], a: "x y*('!)~+/", "a-b": "" } }],
    ["with headers to be trimmed", { headers: { "x-amz-target": "  a   b " } }],
    ["with an escaped path, which is escaped again", { service: "apigateway", path: "/apikeys/a%20b" }],
    ["of S3, whose path is not escaped again", { service: "s3", path: "/media/a%20b%2Bc" }],
  ])("is accepted %s", async (_what, wanted) => {
    expect(faultOf(await signed(wanted))).toBeUndefined();
  });

  it("is refused with another body, path, query, header or method", async () => {
    const request = await signed({ body: "a", query: { q: "1" }, headers: { "x-amz-target": "t" } });
    const headers = { ...request.headers, "x-amz-target": "u" };
    const forged = [{ path: "/x" }, { query: "q=2" }, { method: "PUT" }, { headers }];
    for (const change of forged) expect(faultOf({ ...request, ...change })).toBe("mismatch");
    expect(faultOf({ ...request, body: Buffer.from("b") })).toBe("body_mismatch");
    const { "x-amz-content-sha256": _hash, ...withoutHash } = request.headers;
    expect(faultOf({ ...request, headers: withoutHash, body: Buffer.from("b") })).toBe("mismatch");
  });

  it("is refused with another secret, region, or 15 minutes early or late", async () => {
    const request = await signed({ body: "a" });
    expect(faultOf(request, { ...against, secret: "another" })).toBe("mismatch");
    expect(faultOf(request, { ...against, region: "us-east-1" })).toBe("wrong_region");
    for (const drift of [-16, 16]) {
      expect(faultOf(await signed({ signedAtMs: nowMs + drift * 60_000 }))).toBe("clock_skew");
    }
    expect(faultOf(await signed({ signedAtMs: nowMs - 14 * 60_000 }))).toBeUndefined();
  });
});

describe("a request without a whole claim", () => {
  it.each([
    ["nothing", {}],
    ["another scheme", { authorization: "Bearer x" }],
    [
      "no date",
      { authorization: "AWS4-HMAC-SHA256 Credential=a/20261122/r/s/aws4_request, SignedHeaders=host, Signature=0" },
    ],
    [
      "a broken scope",
      {
        authorization: "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=0",
        "x-amz-date": "20261122T100000Z",
      },
    ],
  ])("claims nothing: %s", (_what, headers) => {
    expect(signatureClaimOf({ method: "GET", path: "/", query: "", headers, body: Buffer.alloc(0) })).toBeUndefined();
  });
});
