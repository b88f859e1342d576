import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { headerOf, queryPairs, type SignedRequest } from "./signed-request.ts";
import { signingKey } from "./signing-key.ts";

const clockSkewMs = 15 * 60 * 1000;
const presignedLifetimeMaxSeconds = 7 * 24 * 60 * 60;

/** What a Signature Version 4 request says of itself, before it is verified. */
export interface SignatureClaim {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** When it was signed: `YYYYMMDDTHHMMSSZ`. */
  readonly timestamp: string;
  /** Of a presigned URL: how long it is valid. */
  readonly expiresInSeconds: number | undefined;
}

export type SignatureFault =
  | "mismatch"
  | "expired"
  | "clock_skew"
  | "wrong_region"
  | "host_not_signed"
  | "body_mismatch"
  | "unsupported_payload";

/** The claim in the Authorization header or in the presigned query; `undefined` where there is none or it is broken. */
export function signatureClaimOf(request: SignedRequest): SignatureClaim | undefined {
  const header = headerOf(request.headers, "authorization");
  return header === undefined ? claimOfQuery(request.query) : claimOfHeader(header, request);
}

function claimOfHeader(header: string, request: SignedRequest): SignatureClaim | undefined {
  if (!header.startsWith("AWS4-HMAC-SHA256 ")) return undefined;
  const parts = new Map(
    header
      .slice("AWS4-HMAC-SHA256 ".length)
      .split(",")
      .map(part => part.trim().split("=", 2))
      .map(([name, value]) => [name, value]),
  );
  return claim({
    credential: parts.get("Credential"),
    signedHeaders: parts.get("SignedHeaders"),
    signature: parts.get("Signature"),
    timestamp: headerOf(request.headers, "x-amz-date"),
    expires: undefined,
  });
}

function claimOfQuery(query: string): SignatureClaim | undefined {
  if (!query.includes("X-Amz-Signature=")) return undefined;
  const pairs = new Map(queryPairs(query));
  if (pairs.get("X-Amz-Algorithm") !== "AWS4-HMAC-SHA256") return undefined;
  const expires = pairs.get("X-Amz-Expires");
  if (expires === undefined) return undefined;
  return claim({
    credential: pairs.get("X-Amz-Credential"),
    signedHeaders: pairs.get("X-Amz-SignedHeaders"),
    signature: pairs.get("X-Amz-Signature"),
    timestamp: pairs.get("X-Amz-Date"),
    expires,
  });
}

function claim(parts: {
  credential: string | undefined;
  signedHeaders: string | undefined;
  signature: string | undefined;
  timestamp: string | undefined;
  expires: string | undefined;
}): SignatureClaim | undefined {
  const { credential, signedHeaders, signature, timestamp, expires } = parts;
  const scope = credential?.split("/") ?? [];
  const [accessKeyId, date, region, service, terminator] = scope;
  if (accessKeyId === undefined || date === undefined || region === undefined || service === undefined)
    return undefined;
  if (scope.length !== 5 || terminator !== "aws4_request") return undefined;
  if (signedHeaders === undefined || signature === undefined || timestamp === undefined) return undefined;
  if (!/^\d{8}T\d{6}Z$/.test(timestamp) || !timestamp.startsWith(date)) return undefined;
  if (expires !== undefined && !/^\d{1,6}$/.test(expires)) return undefined;
  return {
    accessKeyId,
    date,
    region,
    service,
    signedHeaders: signedHeaders.split(";"),
    signature,
    timestamp,
    expiresInSeconds: expires === undefined ? undefined : Number(expires),
  };
}

/**
 * Checks a claim against the secret of its access key (Signature Version 4, IAM user guide "Create a signed AWS API
 * request"): the signature, the time (15 minutes either way, or the lifetime of a presigned URL), the region, that the
 * host is signed, and that the body is the one that was signed. `undefined` means that all of it holds.
 */
export function verifySignature(
  request: SignedRequest,
  claim: SignatureClaim,
  against: { readonly secret: string; readonly region: string; readonly nowMs: number },
): SignatureFault | undefined {
  if (claim.region !== against.region) return "wrong_region";
  if (!claim.signedHeaders.includes("host")) return "host_not_signed";
  const payload = payloadHashOf(request, claim);
  if (typeof payload !== "string") return payload.fault;
  const expected = signatureOf(canonicalRequest(request, claim, payload), claim, against.secret);
  if (!sameSignature(expected, claim.signature)) return "mismatch";
  return timeFault(claim, against.nowMs);
}

function timeFault(claim: SignatureClaim, nowMs: number): SignatureFault | undefined {
  const signedAtMs = Date.parse(
    claim.timestamp.replace(/^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/, "$1-$2-$3T$4:$5:$6Z"),
  );
  if (Number.isNaN(signedAtMs)) return "clock_skew";
  if (claim.expiresInSeconds === undefined) {
    return Math.abs(nowMs - signedAtMs) > clockSkewMs ? "clock_skew" : undefined;
  }
  if (claim.expiresInSeconds > presignedLifetimeMaxSeconds || signedAtMs - nowMs > clockSkewMs) return "expired";
  return nowMs > signedAtMs + claim.expiresInSeconds * 1000 ? "expired" : undefined;
}

function payloadHashOf(request: SignedRequest, claim: SignatureClaim): string | { fault: SignatureFault } {
  const declared = headerOf(request.headers, "x-amz-content-sha256");
  if (declared === undefined) {
    if (claim.expiresInSeconds !== undefined && claim.service === "s3") return "UNSIGNED-PAYLOAD";
    return sha256(request.body);
  }
  if (declared === "UNSIGNED-PAYLOAD" || declared === "STREAMING-UNSIGNED-PAYLOAD-TRAILER") return declared;
  if (declared.startsWith("STREAMING-")) return { fault: "unsupported_payload" };
  return declared === sha256(request.body) ? declared : { fault: "body_mismatch" };
}

function canonicalRequest(request: SignedRequest, claim: SignatureClaim, payloadHash: string): string {
  const headers = claim.signedHeaders.map(name => `${name}:${canonicalHeader(request, name)}\n`);
  return [
    request.method,
    canonicalPath(request.path, claim.service),
    canonicalQuery(request.query),
    headers.join(""),
    claim.signedHeaders.join(";"),
    payloadHash,
  ].join("\n");
}

function canonicalHeader(request: SignedRequest, name: string): string {
  const value = request.headers[name];
  const joined = Array.isArray(value) ? value.join(",") : (value ?? "");
  return joined.trim().replace(/\s+/g, " ");
}

/** Every service but S3 signs the path encoded once more than it is sent. */
function canonicalPath(path: string, service: string): string {
  return service === "s3" ? path : path.split("/").map(encodeStrictly).join("/");
}

function canonicalQuery(query: string): string {
  return queryPairs(query)
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => [encodeStrictly(name), encodeStrictly(value)] as const)
    .sort(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** RFC 3986: everything but letters, digits and `-_.~` is encoded. */
function encodeStrictly(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, letter => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
}

function signatureOf(canonical: string, claim: SignatureClaim, secret: string): string {
  const scope = `${claim.date}/${claim.region}/${claim.service}/aws4_request`;
  const toSign = ["AWS4-HMAC-SHA256", claim.timestamp, scope, sha256(canonical)].join("\n");
  return createHmac("sha256", signingKey(secret, claim)).update(toSign).digest("hex");
}

function sha256(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

function sameSignature(expected: string, claimed: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(claimed)];
  return a.length === b.length && timingSafeEqual(a, b);
}
