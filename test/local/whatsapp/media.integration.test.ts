import { createHash, randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../../eventually.ts";
import { jid, Simulation } from "./simulation.ts";

const ALICE = "15550001001";
const BOB = "15550001002";
const NAME = createHash("sha256").update("hello").digest("base64url");

let simulation: Simulation;
beforeAll(async () => {
  simulation = await Simulation.start();
  await simulation.control.createPhone(ALICE, "Alice");
  await simulation.control.createPhone(BOB, "Bob");
});
afterAll(() => simulation.close());

describe("a phone that sends a file", () => {
  it.each([
    ["image", "image/jpeg", { caption: "look" }],
    ["video", "video/mp4", { caption: "look" }],
    ["audio", "audio/mpeg", {}],
    ["voice", "audio/ogg; codecs=opus", {}],
    ["document", "application/pdf", { filename: "invoice.pdf", caption: "here" }],
    ["sticker", "image/webp", {}],
  ])("has it arrive byte for byte: %s", async (type, mimetype, more) => {
    const bytes = randomBytes(200_001);
    const media = { type, mimetype, base64: bytes.toString("base64"), ...more };
    const { id } = (await simulation.control.ok("POST", `/phones/${ALICE}/messages`, { to: BOB, media })) as {
      id: string;
    };
    const row = await eventually("the file to arrive", async () =>
      (await simulation.control.messages(BOB)).find(message => message.id === id),
    );
    const caption = "caption" in more ? more.caption : null;
    expect(row).toMatchObject({ type, from: jid(ALICE), text: null, caption, copies: 1 });
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const filename = "filename" in more ? more.filename : null;
    expect(row.media).toEqual({ mimetype, size: bytes.length, sha256, filename });
  });
});

describe("a phone that answers a message", () => {
  it("names the message it answers", async () => {
    const id = await simulation.control.say(ALICE, BOB, "which one?");
    await eventually("the question", async () =>
      (await simulation.control.messages(BOB)).find(message => message.id === id),
    );
    await simulation.control.ok("POST", `/phones/${BOB}/messages`, { to: ALICE, text: "this one", quotedId: id });
    const answer = await eventually("the answer", async () =>
      (await simulation.control.messages(ALICE)).find(message => message.text === "this one"),
    );
    expect(answer.quotedId).toBe(id);
  });

  it("names it in a message with a file too", async () => {
    const id = await simulation.control.say(ALICE, BOB, "what does it look like?");
    await eventually("the question", async () =>
      (await simulation.control.messages(BOB)).find(message => message.id === id),
    );
    const media = { type: "image", mimetype: "image/png", base64: randomBytes(9).toString("base64") };
    await simulation.control.ok("POST", `/phones/${BOB}/messages`, { to: ALICE, media, quotedId: id });
    const answer = await eventually("the answer", async () =>
      (await simulation.control.messages(ALICE)).find(message => message.quotedId === id),
    );
    expect(answer.type).toBe("image");
  });
});

describe("the media host", () => {
  const ask = (method: string, path: string, body = "") =>
    new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
      const url = `https://${simulation.server.mediaHostname}${path}`;
      const ca = readFileSync(simulation.server.caCertificatePath);
      const sent = request(url, { method, ca }, answer =>
        text(answer).then(body => resolve({ status: answer.statusCode, body }), reject),
      );
      sent.on("error", reject).end(body);
    });

  it("takes a file from nobody who was not told how", async () => {
    expect(await ask("POST", `/mms/image/${NAME}?auth=guess`, "hello")).toMatchObject({ status: 401 });
  });

  it("has only what was uploaded, under names that are hashes", async () => {
    expect(await ask("GET", `/mms/image/${NAME}`)).toMatchObject({ status: 404 });
    expect(await ask("GET", "/mms/image/..%2F..%2Fwhatsapp.db")).toMatchObject({ status: 404 });
  });

  it("gives a file no more once it has expired, or while it is out of order", async () => {
    const bytes = randomBytes(64);
    const media = { type: "image", mimetype: "image/png", base64: bytes.toString("base64") };
    const { id } = (await simulation.control.ok("POST", `/phones/${ALICE}/messages`, { to: BOB, media })) as {
      id: string;
    };
    const folder = `${simulation.dataDir}/media`;
    const names = readdirSync(folder);
    const served = async () => {
      const answers = await Promise.all(names.map(name => ask("GET", `/mms/image/${name}`)));
      return answers.map(({ status }) => status);
    };
    expect(await served()).not.toContain(404);
    await simulation.control.fault({ kind: "media" });
    expect(new Set(await served())).toEqual(new Set([503]));
    await simulation.control.clearFaults();
    await simulation.control.ok("POST", `/phones/${ALICE}/media/expire`, { id });
    expect((await served()).filter(status => status === 404)).toHaveLength(1);
    const unknown = await simulation.control.call("POST", `/phones/${BOB}/media/expire`, { id });
    expect(unknown.status).toBe(404);
  });

  it("keeps its address and certificate over a restart", async () => {
    const { mediaHostname, caCertificatePath } = simulation.server;
    const certificate = readFileSync(caCertificatePath, "utf8");
    await simulation.restart();
    expect(simulation.server.mediaHostname).toBe(mediaHostname);
    expect(readFileSync(simulation.server.caCertificatePath, "utf8")).toBe(certificate);
    expect(await ask("GET", `/mms/image/${NAME}`)).toMatchObject({ status: 404 });
  });
});
