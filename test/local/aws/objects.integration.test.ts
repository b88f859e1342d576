import { createHash, randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { Sha256 } from "@aws-crypto/sha256-js";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { SignatureV4 } from "@smithy/signature-v4";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ClientConfiguration, type InstalledFront, installFront, refusal, region } from "./installed-front.ts";

let installed: InstalledFront;
let s3: S3Client;
let now = Date.now();
beforeAll(async () => {
  installed = await installFront({ now: () => now });
  s3 = new S3Client(installed.runner);
  await s3.send(new CreateBucketCommand({ Bucket: "media" }));
});
afterAll(() => installed.remove());

const Bucket = "media";

async function presigned(
  method: "GET" | "PUT",
  key: string,
  options: { as?: ClientConfiguration; expiresIn?: number; headers?: Record<string, string> } = {},
): Promise<string> {
  const { credentials } = options.as ?? installed.runner;
  const url = new URL(`/${Bucket}/${key}`, installed.front.url);
  const signer = new SignatureV4({ credentials, region, service: "s3", sha256: Sha256, uriEscapePath: false });
  const signed = await signer.presign(
    {
      method,
      protocol: "http:",
      hostname: url.hostname,
      port: Number(url.port),
      path: url.pathname,
      query: {},
      headers: { host: url.host, "x-amz-content-sha256": "UNSIGNED-PAYLOAD", ...options.headers },
    },
    { expiresIn: options.expiresIn ?? 60, signingDate: new Date(now), unhoistableHeaders: new Set(["content-type"]) },
  );
  for (const [name, value] of Object.entries(signed.query ?? {})) url.searchParams.set(name, String(value));
  return url.href;
}

describe("a presigned URL", () => {
  it("uploads and downloads without credentials, large files too", async () => {
    const file = randomBytes(20 * 1024 * 1024);
    const uploaded = await fetch(await presigned("PUT", "large.bin"), { method: "PUT", body: file });
    expect(uploaded.status).toBe(200);
    const downloaded = await fetch(await presigned("GET", "large.bin"));
    const bytes = Buffer.from(await downloaded.arrayBuffer());
    const sha256 = (content: Buffer) => createHash("sha256").update(content).digest("hex");
    expect(sha256(bytes)).toBe(sha256(file));
    const range = await fetch(await presigned("GET", "large.bin"), { headers: { range: "bytes=5-9" } });
    expect(range.status).toBe(206);
    expect(Buffer.from(await range.arrayBuffer())).toEqual(file.subarray(5, 10));
  });

  it("is refused when it has expired", async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: "short", Body: "x" }));
    const url = await presigned("GET", "short", { expiresIn: 60 });
    expect((await fetch(url)).status).toBe(200);
    now += 61_000;
    const late = await fetch(url);
    expect(late.status).toBe(403);
    expect(await late.text()).toContain("Request has expired");
  });

  it("is refused for another object, another method, a longer life or another signature", async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: "mine", Body: "x" }));
    const url = await presigned("GET", "mine");
    const tampered = [
      url.replace("/media/mine", "/media/short"),
      url.replace("X-Amz-Expires=60", "X-Amz-Expires=600"),
      url.replace(/X-Amz-Signature=./, match => `X-Amz-Signature=${match.endsWith("0") ? "1" : "0"}`),
    ];
    for (const wrong of tampered) expect((await fetch(wrong)).status).toBe(403);
    expect((await fetch(url, { method: "PUT", body: "y" })).status).toBe(403);
    expect((await fetch(url)).status).toBe(200);
  });

  it("is refused with another header than the one that was signed", async () => {
    const url = await presigned("PUT", "typed", { headers: { "content-type": "image/png" } });
    const put = (type: string) => fetch(url, { method: "PUT", body: "x", headers: { "content-type": type } });
    expect((await put("text/html")).status).toBe(403);
    expect((await put("image/png")).status).toBe(200);
  });

  it("does no more than the role that signed it may do", async () => {
    const as = installed.role("downloader", {
      Effect: "Allow",
      Action: "s3:GetObject",
      Resource: "arn:aws:s3:::media/allowed/*",
    });
    await s3.send(new PutObjectCommand({ Bucket, Key: "allowed/a", Body: "x" }));
    await s3.send(new PutObjectCommand({ Bucket, Key: "other/a", Body: "x" }));
    expect((await fetch(await presigned("GET", "allowed/a", { as }))).status).toBe(200);
    expect((await fetch(await presigned("GET", "other/a", { as }))).status).toBe(403);
    expect((await fetch(await presigned("PUT", "allowed/a", { as }), { method: "PUT", body: "y" })).status).toBe(403);
  });
});

describe("objects", () => {
  it("keep their content, type and metadata over a restart", async () => {
    await s3.send(
      new PutObjectCommand({
        Bucket,
        Key: "kept",
        Body: "kept",
        ContentType: "text/plain",
        Metadata: { tenant: "ten_1" },
      }),
    );
    await installed.restart();
    s3 = new S3Client(installed.runner);
    await s3.send(new CreateBucketCommand({ Bucket }));
    const kept = await s3.send(new GetObjectCommand({ Bucket, Key: "kept" }));
    expect(kept).toMatchObject({ ContentType: "text/plain", Metadata: { tenant: "ten_1" } });
    expect(await kept.Body?.transformToString()).toBe("kept");
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: "kept" }));
    expect(head.ContentLength).toBe(4);
  });

  it("take a stream of known length", async () => {
    const parts = [Buffer.from("one "), Buffer.from("two")];
    await s3.send(new PutObjectCommand({ Bucket, Key: "stream", Body: Readable.from(parts), ContentLength: 7 }));
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: "stream" }));
    expect(await Body?.transformToString()).toBe("one two");
  });

  it("can be uploaded in parts, copied, listed and deleted by the role that may", async () => {
    const role = new S3Client(
      installed.role(
        "writer",
        {
          Effect: "Allow",
          Action: ["s3:PutObject", "s3:AbortMultipartUpload", "s3:GetObject", "s3:DeleteObject"],
          Resource: "arn:aws:s3:::media/parts/*",
        },
        {
          Effect: "Allow",
          Action: "s3:ListBucket",
          Resource: "arn:aws:s3:::media",
          Condition: { StringLike: { "s3:prefix": ["parts/*"] } },
        },
      ),
    );
    const target = { Bucket, Key: "parts/a&b" };
    const { UploadId } = await role.send(new CreateMultipartUploadCommand(target));
    const halves = [randomBytes(5 * 1024 * 1024), Buffer.from("end")];
    const Parts = [];
    for (const [index, Body] of halves.entries()) {
      const PartNumber = index + 1;
      const { ETag } = await role.send(new UploadPartCommand({ ...target, UploadId, PartNumber, Body }));
      Parts.push({ ETag, PartNumber });
    }
    await role.send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } }));
    const got = await role.send(new GetObjectCommand(target));
    expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(Buffer.concat(halves))).toBe(true);
    const aborted = await role.send(new CreateMultipartUploadCommand(target));
    await role.send(new AbortMultipartUploadCommand({ ...target, UploadId: aborted.UploadId }));
    await role.send(new CopyObjectCommand({ Bucket, Key: "parts/copy", CopySource: "media/parts/a%26b" }));
    const foreign = role.send(new CopyObjectCommand({ Bucket, Key: "parts/stolen", CopySource: "media/other/a" }));
    expect((await refusal(foreign))?.status).toBe(403);
    const list = (Prefix: string) => role.send(new ListObjectsV2Command({ Bucket, Prefix }));
    expect((await list("parts/")).Contents?.map(object => object.Key)).toEqual(["parts/a&b", "parts/copy"]);
    expect((await refusal(list("other/")))?.status).toBe(403);
    const remove = (...keys: string[]) =>
      role.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: keys.map(Key => ({ Key })) } }));
    expect((await refusal(remove("parts/copy", "other/a")))?.status).toBe(403);
    await remove("parts/a&b", "parts/copy");
    expect((await list("parts/")).Contents).toBeUndefined();
  });
});
