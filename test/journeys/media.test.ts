import { createHash, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { eventually } from "../eventually.ts";
import type { Customer } from "./customer.ts";
import { type JourneyProduct, onFreshProduct } from "./journey-product.ts";
import type { Simulator } from "./simulator.ts";

const owner = "15550000101";
const friend = "15551110102";

/** The first page of an Ogg stream of Opus, and what nobody plays after it. */
function voiceNote(): Buffer {
  const page = Buffer.alloc(28);
  page.write("OggS", 0, "latin1");
  page[26] = 1;
  page[27] = 19;
  return Buffer.concat([page, Buffer.from("OpusHead\x01\x01", "latin1"), randomBytes(30_000)]);
}

const image = { create: { width: 320, height: 200, channels: 3, background: { r: 200, g: 30, b: 60 } } } as const;
const files = {
  image: { bytes: () => sharp(image).jpeg().toBuffer(), mimetype: "image/jpeg" },
  video: {
    bytes: async () => Buffer.concat([Buffer.from("\0\0\0\x18ftypmp42"), randomBytes(90_000)]),
    mimetype: "video/mp4",
  },
  audio: { bytes: async () => Buffer.concat([Buffer.from("ID3"), randomBytes(20_000)]), mimetype: "audio/mpeg" },
  voice: { bytes: async () => voiceNote(), mimetype: "audio/ogg; codecs=opus" },
  document: {
    bytes: async () => Buffer.concat([Buffer.from("%PDF-1.7"), randomBytes(50_000)]),
    mimetype: "application/pdf",
  },
  sticker: { bytes: () => sharp(image).webp().toBuffer(), mimetype: "image/webp" },
} as const;
type Kind = keyof typeof files;
const kinds = Object.keys(files) as Kind[];

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

let product: JourneyProduct;
let customer: Customer;
let whatsapp: Simulator;
let sessionId: string;
onFreshProduct(async fresh => {
  product = fresh;
  ({ customer, whatsapp } = product);
  await whatsapp.phone(friend);
  sessionId = await customer.linkedSession(whatsapp, owner, { name: "Media" });
});

const send = (body: object) => customer.post("/api/messages/send-media", { sessionId, to: friend, ...body });
const received = (id: string) =>
  eventually("the file to arrive", async () => (await whatsapp.received(friend)).find(message => message.id === id));

/** The bytes behind `GET …/media`, as anyone who follows the redirect gets them. */
async function download(message: { chatId: string; id: string }): Promise<Buffer> {
  const path = `/api/messages/${message.chatId}/${message.id}/media?sessionId=${sessionId}`;
  const answer = await fetch(`${product.ready.api}${path}`, {
    headers: { authorization: `Bearer ${customer.key}` },
    redirect: "manual",
  });
  expect(answer.status).toBe(302);
  const file = await fetch(answer.headers.get("location") ?? "");
  expect(file.status).toBe(200);
  return Buffer.from(await file.arrayBuffer());
}

describe("a file that a customer sends", () => {
  it.each(kinds)("arrives at the phone byte for byte: %s in base64", async type => {
    const bytes = await files[type].bytes();
    const { mimetype } = files[type];
    const { status, body } = await send({ type, media: { base64: bytes.toString("base64"), mimetype } });
    expect(status).toBe(202);
    expect(body).toMatchObject({
      type,
      status: "queued",
      text: null,
      media: { mimetype, size: bytes.length, status: "ready" },
    });
    const row = await received(body.waMessageId);
    expect(row).toMatchObject({ type, copies: 1, media: { mimetype, size: bytes.length, sha256: sha256(bytes) } });
    await customer.messageThatIs("delivered", body);
    expect(sha256(await download(body))).toBe(sha256(bytes));
  });

  it("arrives from an upload, with its name and caption", async () => {
    const bytes = randomBytes(3_000_000);
    const upload = await customer.post("/api/media", {
      filename: "plan.pdf",
      mimetype: "application/pdf",
      size: bytes.length,
    });
    expect(upload.status).toBe(201);
    const media = { mediaId: upload.body.id };
    const early = await send({ type: "document", media });
    expect(early.status).toBe(409);
    expect(early.body.code).toBe("media_not_ready");
    const { uploadUrl } = upload.body as unknown as { uploadUrl: string };
    // As a browser does from a page of another origin.
    const Origin = "https://app.example.com";
    const asking = { Origin, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "content-type" };
    const allowed = await fetch(uploadUrl, { method: "OPTIONS", headers: asking });
    expect([allowed.status, allowed.headers.get("access-control-allow-origin")]).toEqual([200, "*"]);
    const put = await fetch(uploadUrl, { method: "PUT", body: bytes, headers: { Origin } });
    expect([put.status, put.headers.get("access-control-allow-origin")]).toEqual([200, "*"]);
    const { body } = await send({ type: "document", media, caption: "as agreed" });
    const row = await received(body.waMessageId);
    expect(row).toMatchObject({
      type: "document",
      caption: "as agreed",
      media: { filename: "plan.pdf", sha256: sha256(bytes) },
    });
  });

  it("arrives from an address, redirected or not", async () => {
    const bytes = await files.image.bytes();
    const server = createServer((request, response) => {
      if (request.url === "/moved.jpg") return response.writeHead(302, { location: "/photo.jpg" }).end();
      if (request.url !== "/photo.jpg") return response.writeHead(404).end();
      return response.writeHead(200, { "content-type": "image/jpeg" }).end(bytes);
    });
    await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
    const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      for (const path of ["/photo.jpg", "/moved.jpg"]) {
        const { status, body } = await send({ type: "image", media: { url: `${at}${path}` }, caption: "look" });
        expect(status).toBe(202);
        expect(await received(body.waMessageId)).toMatchObject({ caption: "look", media: { sha256: sha256(bytes) } });
        await customer.messageThatIs("delivered", body);
        expect(sha256(await download(body))).toBe(sha256(bytes));
      }
      const gone = await send({ type: "image", media: { url: `${at}/gone.jpg` } });
      const failed = await customer.messageThatIs("failed", gone.body);
      expect(failed).toMatchObject({ error: { code: "media_unavailable" }, media: { status: "failed" } });
      const wrong = await send({ type: "voice", media: { url: `${at}/photo.jpg` } });
      expect(await customer.messageThatIs("failed", wrong.body)).toMatchObject({
        error: { code: "media_unsupported" },
      });
    } finally {
      server.close();
    }
  });
});

/** What the friend sends as a file to the session's phone; answers WhatsApp's id of it. */
async function arrives(type: Kind, bytes: Uint8Array, more: object = {}): Promise<string> {
  const media = { type, mimetype: files[type].mimetype, base64: Buffer.from(bytes).toString("base64"), ...more };
  return (await whatsapp.call("POST", `/phones/${friend}/messages`, { to: owner, media })).id;
}

const inHistory = (waMessageId: string, status: string) =>
  eventually(`the file to be ${status}`, async () => {
    const messages = await customer.history(sessionId, friend);
    return messages.find(message => message.waMessageId === waMessageId && message.media?.status === status);
  });

/** The events about a message, once the log shows it. */
const toldOf = (waMessageId: string) =>
  eventually("the message to be told of", async () => {
    const { body } = await customer.get(`/api/events?type=message.received&sessionId=${sessionId}&limit=100`);
    const events = body.data as unknown as { data: { waMessageId: string; media: { status: string } | null } }[];
    const found = events.filter(({ data }) => data.waMessageId === waMessageId);
    return found.length > 0 && found;
  });

describe("a file that a customer sends to many", () => {
  it("arrives at each phone byte for byte, with each one's caption", async () => {
    const bytes = await files.image.bytes();
    const others = ["15551110103", "15551110104"];
    for (const number of others) await whatsapp.phone(number);
    const media = { type: "image", base64: bytes.toString("base64"), mimetype: "image/jpeg", caption: "Hi {{name}}" };
    const recipients = [friend, ...others].map(to => ({ to, variables: { name: to.slice(-3) } }));
    const { status, body } = await customer.post("/api/messages/send-bulk", { sessionId, recipients, media });
    expect(status).toBe(202);
    expect(body).toMatchObject({ accepted: 3, rejected: [] });
    for (const number of [friend, ...others]) {
      const caption = `Hi ${number.slice(-3)}`;
      const row = await eventually("the file to arrive", async () =>
        (await whatsapp.received(number)).find(message => message.caption === caption),
      );
      expect(row).toMatchObject({ copies: 1, media: { sha256: sha256(bytes) } });
    }
  });
});

describe("a file that somebody sends to a customer", () => {
  it.each(kinds)("can be downloaded byte for byte when its message is told of, once: %s", async type => {
    const bytes = await files[type].bytes();
    const id = await arrives(type, bytes, type === "document" ? { filename: "plan.pdf", caption: "as agreed" } : {});
    const message = await inHistory(id, "ready");
    expect(message).toMatchObject({ type, direction: "inbound", text: null, media: { size: bytes.length } });
    if (type === "document") expect(message.media).toMatchObject({ filename: "plan.pdf", caption: "as agreed" });
    expect(sha256(await download(message))).toBe(sha256(bytes));
    const events = await toldOf(id);
    expect(events.map(({ data }) => data.media?.status)).toEqual(["ready"]);
  });

  it("is fetched by the next host where one is killed meanwhile, and cannot be downloaded before", async () => {
    await whatsapp.call("POST", "/faults", { kind: "media" });
    const bytes = await files.image.bytes();
    const id = await arrives("image", bytes);
    const { chatId, id: messageId } = await inHistory(id, "pending");
    const early = await customer.get(`/api/messages/${chatId}/${messageId}/media?sessionId=${sessionId}`);
    expect(early.status).toBe(409);
    expect(early.body.code).toBe("media_not_ready");
    expect(Number(early.headers.get("retry-after"))).toBeGreaterThan(0);
    const [{ pid }] = await whatsapp.call("GET", "/hosts");
    process.kill(pid, "SIGKILL");
    await eventually("the host to be replaced", async () => {
      const [host] = await whatsapp.call("GET", "/hosts");
      return host !== undefined && host.pid !== pid;
    });
    await whatsapp.call("DELETE", "/faults");
    const message = await inHistory(id, "ready");
    expect(sha256(await download(message))).toBe(sha256(bytes));
    expect(await toldOf(id)).toHaveLength(1);
  });

  it("that the person sends from the phone itself is in the history as well", async () => {
    const bytes = await files.image.bytes();
    const media = { type: "image", mimetype: "image/jpeg", base64: bytes.toString("base64"), caption: "mine" };
    const { id } = await whatsapp.call("POST", `/phones/${owner}/messages`, { to: friend, media });
    const message = await inHistory(id, "ready");
    expect(message).toMatchObject({ direction: "outbound", source: "phone", media: { caption: "mine" } });
    expect(sha256(await download(message))).toBe(sha256(bytes));
  });
});
