import { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import { type StanzaWatch, watchStanzas } from "../../../socket-host/baileys/stanza-watch.ts";
import { eventually } from "../../eventually.ts";

function watched(watch: Partial<StanzaWatch> = {}) {
  const events = new EventEmitter();
  const heard: string[] = [];
  const strayed: string[] = [];
  events.on("CB:receipt", () => heard.push("receipt"));
  events.on("CB:message", () => heard.push("message"));
  watchStanzas(events, {
    frame: () => undefined,
    stanza: () => undefined,
    offered: async () => undefined,
    before: () => true,
    answer: () => undefined,
    handled: () => undefined,
    strayed: event => strayed.push(event),
    ...watch,
  });
  return { events, heard, strayed };
}
const receipt = { tag: "receipt", attrs: { id: "1" } };

describe("watching stanzas", () => {
  it("holds one back until it may go on, and lets others pass meanwhile", async () => {
    const stored = Promise.withResolvers<boolean>();
    const { events, heard } = watched({ before: kind => (kind === "receipt" ? stored.promise : true) });
    events.emit("CB:receipt", receipt);
    events.emit("CB:message", { tag: "message", attrs: { id: "2" } });
    await eventually("the message passes", () => heard.length === 1);
    expect(heard).toEqual(["message"]);
    stored.resolve(true);
    await eventually("the receipt goes on", () => heard.length === 2);
  });

  it("never lets one go on that may not", async () => {
    const stored = Promise.resolve(false);
    const { events, heard } = watched({ before: () => stored });
    events.emit("CB:receipt", receipt);
    await stored;
    expect(heard).toEqual([]);
  });

  it("hands messages on one at a time, in order, those that waited for the session like those that are new", async () => {
    const { events } = watched();
    const done: string[] = [];
    const first = Promise.withResolvers<void>();
    events.on("CB:message", async ({ attrs }) => {
      if (attrs.id === "1") await first.promise;
      done.push(`${attrs.id} ${attrs.offline ?? "new"}`);
    });
    events.emit("CB:message", { tag: "message", attrs: { id: "1", offline: "0" } });
    events.emit("CB:message", { tag: "message", attrs: { id: "2" } });
    first.resolve();
    await eventually("both are handled", () => done.length === 2);
    expect(done).toEqual(["1 new", "2 new"]);
  });

  it("goes on with the next message where one could not be handled", async () => {
    const { events, strayed, heard } = watched({
      before: (_, stanza) => {
        if (stanza.attrs.id === "1") throw new Error("not a message at all");
        return true;
      },
    });
    events.emit("CB:message", { tag: "message", attrs: { id: "1" } });
    events.emit("CB:message", { tag: "message", attrs: { id: "2" } });
    await eventually("the second is heard", () => heard.length === 1);
    expect(strayed).toEqual(["CB:message"]);
  });

  it("hears of listeners that fail after they returned", async () => {
    const { events, strayed } = watched();
    events.on("CB:ib", async () => {
      throw new Error("Connection Closed");
    });
    expect(events.emit("CB:ib", {})).toBe(true);
    await eventually("it is heard", () => strayed.length === 1);
    expect(strayed).toEqual(["CB:ib"]);
  });

  it("is an emitter like any other besides", () => {
    const { events } = watched();
    let calls = 0;
    events.once("open", () => calls++);
    expect(events.emit("open")).toBe(true);
    expect(events.emit("open")).toBe(false);
    expect(calls).toBe(1);
    expect(() => events.emit("error", new Error("nobody listens"))).toThrow("nobody listens");
  });
});
