import { createHash, randomBytes } from "node:crypto";
import { GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { StoredMessage } from "../../domain/message/message.ts";
import type { Session } from "../../domain/session/session.ts";
import type { RunningHost } from "../../socket-host/start-host.ts";
import { mediaBucketOfTests } from "../emulated-aws.ts";
import { eventually } from "../eventually.ts";
import { HostStage, jidOf } from "./host-stage.ts";
import { trustMediaHost } from "./trust-media-host.ts";

const owner = "15550002001";
const friend = "15550002002";

let stage: HostStage;
let session: Session;
let host: RunningHost;
/** How far the host's clock is ahead. */
let aheadMs = 0;
const now = () => Date.now() + aheadMs;
beforeAll(async () => {
  stage = await HostStage.open();
  trustMediaHost(stage.stage.whatsapp);
  host = await stage.host({}, { now });
  session = await stage.linked(owner);
  await stage.control.createPhone(friend, "Friend");
});
afterAll(() => stage?.close());

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** What a phone writes; answers WhatsApp's id of it. */
async function write(from: string, body: object): Promise<string> {
  const { id } = (await stage.control.ok("POST", `/phones/${from}/messages`, body)) as { id: string };
  return id;
}

function until(waMessageId: string, what: string, is: (message: StoredMessage) => boolean): Promise<StoredMessage> {
  return eventually(`the file to be ${what}`, async () =>
    (await stage.history(session, jidOf(friend))).find(each => each.waMessageId === waMessageId && is(each)),
  );
}
const ready = (waMessageId: string) => until(waMessageId, "ready", ({ media }) => media?.status === "ready");

async function stored({ file }: StoredMessage) {
  if (file?.at !== "bucket") throw new Error("not in the bucket");
  const answer = await new S3Client({ forcePathStyle: true }).send(
    new GetObjectCommand({ Bucket: mediaBucketOfTests, Key: file.key }),
  );
  return { bytes: await answer.Body?.transformToByteArray(), type: answer.ContentType };
}

async function told(waMessageId: string) {
  const events = (await stage.events(session)).filter(({ type }) => type === "message.received");
  return events.filter(({ data }) => data.waMessageId === waMessageId);
}

const nothingToFetch = () => eventually("no row to be left", async () => (await stage.items("outbox")).length === 0);

describe("a file that somebody sends", () => {
  it.each([
    ["image", "image/jpeg", { caption: "look" }],
    ["video", "video/mp4", { caption: "look" }],
    ["audio", "audio/mpeg", {}],
    ["voice", "audio/ogg; codecs=opus", {}],
    ["document", "application/pdf", { filename: "invoice.pdf", caption: "here" }],
    ["sticker", "image/webp", {}],
  ])("is in the bucket byte for byte when its message is told of, once: %s", async (type, mimetype, more) => {
    const bytes = randomBytes(150_001);
    const media = { type, mimetype, base64: bytes.toString("base64"), ...more };
    const id = await write(friend, { to: owner, media });
    const message = await ready(id);
    const shown = { mimetype, size: bytes.length, status: "ready", filename: null, caption: null, ...more };
    expect(message).toMatchObject({ type, text: null, direction: "inbound", source: "phone", media: shown });
    const file = await stored(message);
    expect(file.type).toBe(mimetype);
    expect(sha256(file.bytes ?? new Uint8Array())).toBe(sha256(bytes));
    await nothingToFetch();
    const events = await told(id);
    expect(events).toHaveLength(1);
    expect(events[0]?.data).toMatchObject({ id: message.id, media: { status: "ready", size: bytes.length } });
  });

  it("is not stored as what a browser would run", async () => {
    const base64 = Buffer.from("<script>alert(1)</script>").toString("base64");
    const media = { type: "document", mimetype: "text/html", filename: "page.html", base64 };
    const message = await ready(await write(friend, { to: owner, media }));
    expect(message.media?.mimetype).toBe("text/html");
    expect((await stored(message)).type).toBe("application/octet-stream");
  });

  it("from the session's own phone is in the history, and nobody is told", async () => {
    const bytes = randomBytes(10_000);
    const media = { type: "image", mimetype: "image/png", base64: bytes.toString("base64") };
    const id = await write(owner, { to: friend, media });
    const message = await ready(id);
    expect(message).toMatchObject({
      direction: "outbound",
      source: "phone",
      status: expect.stringMatching(/^(sent|delivered)$/),
      type: "image",
    });
    expect(sha256((await stored(message)).bytes ?? new Uint8Array())).toBe(sha256(bytes));
    await nothingToFetch();
    expect(await told(id)).toEqual([]);
  });
});

const picture = (bytes: Buffer) => ({ type: "image", mimetype: "image/jpeg", base64: bytes.toString("base64") });
const pending = (waMessageId: string) => until(waMessageId, "pending", ({ media }) => media?.status === "pending");
const out = (waMessageId: string, status: "failed" | "expired") =>
  until(waMessageId, status, ({ media }) => media?.status === status);

describe("a file that does not come", () => {
  afterEach(async () => {
    aheadMs = 0;
    await stage.control.clearFaults();
  });

  it("holds nothing else up, and its message is told of after 30 s, once, as pending", async () => {
    await stage.control.fault({ kind: "media" });
    const bytes = randomBytes(5_000);
    const id = await write(friend, { to: owner, media: picture(bytes) });
    await pending(id);
    const text = await stage.control.say(friend, owner, "after it");
    await eventually("the text to be told of", async () => (await told(text)).length === 1);
    expect(await told(id)).toEqual([]);
    aheadMs = 31_000;
    await stage.ring(session);
    const [event] = await eventually("the message to be told of", async () => {
      const events = await told(id);
      return events.length > 0 && events;
    });
    expect(event?.data).toMatchObject({ media: { status: "pending" } });
    await stage.control.clearFaults();
    aheadMs = 120_000;
    await stage.ring(session);
    expect(sha256((await stored(await ready(id))).bytes ?? new Uint8Array())).toBe(sha256(bytes));
    await nothingToFetch();
    expect(await told(id)).toHaveLength(1);
  });

  it("within a day has expired", async () => {
    await stage.control.fault({ kind: "media" });
    const id = await write(friend, { to: owner, media: picture(randomBytes(100)) });
    await pending(id);
    aheadMs = 86_400_000;
    await stage.ring(session);
    await out(id, "expired");
    await nothingToFetch();
    expect(await told(id)).toHaveLength(1);
  });

  it("is asked for again where WhatsApp has it no more, and comes from the phone", async () => {
    await stage.control.fault({ kind: "media" });
    const bytes = randomBytes(5_000);
    const id = await write(friend, { to: owner, media: picture(bytes) });
    const own = await write(owner, { to: friend, media: picture(bytes) });
    await pending(id);
    await pending(own);
    await stage.control.ok("POST", `/phones/${friend}/media/expire`, { id });
    await stage.control.ok("POST", `/phones/${owner}/media/expire`, { id: own, status: 403 });
    await stage.control.clearFaults();
    for (const each of [id, own]) {
      expect(sha256((await stored(await ready(each))).bytes ?? new Uint8Array())).toBe(sha256(bytes));
    }
    expect(await told(id)).toHaveLength(1);
  });

  it("has expired where the phone has it no more either", async () => {
    await stage.control.fault({ kind: "media" });
    const id = await write(friend, { to: owner, media: picture(randomBytes(5_000)) });
    await pending(id);
    await stage.control.ok("POST", `/phones/${friend}/media/expire`, { id, forget: true });
    await stage.control.clearFaults();
    await out(id, "expired");
    await nothingToFetch();
    const events = await told(id);
    expect(events).toHaveLength(1);
    expect(events[0]?.data).toMatchObject({ media: { status: "expired" } });
  });

  it("is fetched by the next host where one dies, and its message told of once", async () => {
    await stage.control.fault({ kind: "media" });
    const bytes = randomBytes(5_000);
    const id = await write(friend, { to: owner, media: picture(bytes) });
    await pending(id);
    await stage.kill(host);
    host = await stage.host({}, { now });
    await eventually("the next host to own the shard", async () => {
      const leases = await stage.items("leases");
      return leases.some(({ sk, owner: held }) => Number(sk) === session.shard && held === host.id);
    });
    await stage.control.clearFaults();
    expect(sha256((await stored(await ready(id))).bytes ?? new Uint8Array())).toBe(sha256(bytes));
    await nothingToFetch();
    expect(await told(id)).toHaveLength(1);
  });

  it("is forgotten with a message that is deleted for everyone before", async () => {
    await stage.control.fault({ kind: "media" });
    const id = await write(friend, { to: owner, media: picture(randomBytes(5_000)) });
    await pending(id);
    await stage.control.ok("POST", `/phones/${friend}/revoke`, { id });
    const gone = await until(id, "deleted", ({ deletedAt }) => deletedAt !== undefined && deletedAt !== null);
    await stage.control.clearFaults();
    await nothingToFetch();
    expect(await told(id)).toHaveLength(1);
    expect((await stage.message(gone)).media).toBeNull();
  });
});

describe("a session's files", () => {
  it("are erased with its history, also one that is not fetched yet", async () => {
    const id = await write(friend, { to: owner, media: picture(randomBytes(5_000)) });
    const message = await ready(id);
    await stage.control.fault({ kind: "media" });
    await pending(await write(friend, { to: owner, media: picture(randomBytes(5_000)) }));
    await stage.delete(session, true);
    await eventually("the session to be gone", async () =>
      (await stage.items("sessions")).every(({ sk }) => sk !== session.id),
    );
    await expect(stored(message)).rejects.toThrow();
    const left = await new S3Client({ forcePathStyle: true }).send(
      new ListObjectsV2Command({ Bucket: mediaBucketOfTests, Prefix: `messages/${session.tenantId}/` }),
    );
    expect(left.KeyCount).toBe(0);
    await nothingToFetch();
    expect(await stage.history(session, jidOf(friend))).toEqual([]);
    await stage.control.clearFaults();
  });
});
