import { describe, expect, it } from "vitest";
import type { History } from "../history.ts";
import { violationsOf } from "./all.ts";
import { quietHistory } from "./quiet-history.ts";

const rulesBroken = (change: Partial<History>) => violationsOf({ ...quietHistory, ...change }).map(({ rule }) => rule);
const { accepted, phones, stored, log, logins, phases, sends, spoken, webhooks } = quietHistory;
const [firstPhone, secondPhone] = phones;
const [firstEvent] = log;
if (firstPhone === undefined || secondPhone === undefined || firstEvent === undefined) throw new Error("nothing there");

it("finds nothing in a history in which every promise is kept", () => {
  expect(violationsOf(quietHistory)).toEqual([]);
});

describe("outbound messages", () => {
  const withStatus = (status: string) => stored.map(row => (row.id === "msg_2" ? { ...row, status } : row));

  it.each<[string, Partial<History>]>([
    ["one that is on no phone", { phones: [firstPhone] }],
    ["one that is on the phone under two ids", { phones: [...phones, { ...secondPhone, seq: 3, id: "WA9" }] }],
    ["one that is on the phone under another id", { phones: [firstPhone, { ...secondPhone, id: "WA9" }] }],
    ["one that is nowhere in the history", { stored: stored.filter(({ id }) => id !== "msg_2") }],
    ["one that never ended", { stored: withStatus("queued") }],
    ["one that failed and was told as sent", { stored: withStatus("failed"), phones: [firstPhone] }],
    ["one that was told as sent twice", { log: [...log, { ...log[5], id: "evt_99", sequence: 99 } as never] }],
  ])("are not in order with %s", (_, change) => {
    expect(rulesBroken(change)).toContain("outbound");
  });

  it("may fail, and are on no phone then", () => {
    const failed = log.map(event => (event.id === "evt_6" ? { ...event, type: "message.failed" } : event));
    const change = { stored: withStatus("failed"), phones: [firstPhone], log: failed, read: failed, webhooks: failed };
    expect(rulesBroken(change)).toEqual([]);
  });

  it("must not overtake one another within a chat and priority", () => {
    const swapped = [
      { ...firstPhone, seq: 2 },
      { ...secondPhone, seq: 1 },
    ];
    expect(rulesBroken({ phones: swapped })).toEqual(["outbound order"]);
    const high = accepted.map((message, place) => (place === 1 ? { ...message, priority: "high" } : message));
    expect(rulesBroken({ phones: swapped, accepted: high })).toEqual([]);
  });
});

describe("inbound messages", () => {
  const asFiles = spoken.map(one => ({ ...one, isFile: true }));

  it.each<[string, Partial<History>]>([
    ["one that is not in the history", { stored: stored.filter(({ id }) => id !== "msg_9") }],
    ["one that is there twice", { stored: [...stored, { ...stored[2], id: "msg_11" } as never] }],
    ["one that says something else", { stored: stored.map(row => ({ ...row, text: "else" })) }],
    ["one that nobody wrote", { spoken: spoken.slice(1) }],
    ["a file that was lost", { spoken: asFiles, stored: stored.map(row => ({ ...row, file: "failed" })) }],
    ["one that was not told", { log: log.filter(({ id }) => id !== "evt_7") }],
  ])("are not in order with %s", (_, change) => {
    expect(rulesBroken(change)).toContain("inbound");
  });

  it("must not overtake one another, but where they were spoilt on the way", () => {
    const backwards = { spoken: [...spoken].reverse() };
    expect(rulesBroken(backwards)).toEqual(["inbound order"]);
    expect(rulesBroken({ ...backwards, spoilt: new Set(["ses_1"]) })).toEqual([]);
    expect(rulesBroken({ spoken: [...asFiles].reverse() })).toEqual([]);
  });
});

describe("the event log", () => {
  it("must not skip what a reader by cursor has not seen", () => {
    expect(rulesBroken({ read: log.slice(1) })).toEqual(["event log"]);
  });

  it("must hold no event and no sequence twice", () => {
    expect(rulesBroken({ log: [...log, firstEvent] })).toContain("event log");
    const shared = [...log, { ...firstEvent, id: "evt_99" }];
    expect(rulesBroken({ log: shared, read: shared, webhooks: shared })).toEqual(["event log"]);
  });

  it.each(["session.qr", "session.disconnected"])("must hold no %s of a linked session", type => {
    const asked = [
      ...log,
      { ...firstEvent, type, id: "evt_99", sequence: 99, createdAt: new Date(99_000).toISOString() },
    ];
    expect(rulesBroken({ log: asked, read: asked, webhooks: asked })).toEqual(["no new link"]);
  });

  it("must have reached the endpoint whole, under its ids, and as it is", () => {
    expect(rulesBroken({ webhooks: webhooks.slice(1) })).toEqual(["webhooks"]);
    expect(rulesBroken({ webhooks: [...webhooks, { ...firstEvent, id: "evt_99" }] })).toEqual(["webhooks"]);
    expect(rulesBroken({ webhooks: [...webhooks, { ...firstEvent, type: "session.status" }] })).toEqual(["webhooks"]);
    expect(rulesBroken({ webhooks: [...webhooks, firstEvent] })).toEqual([]);
  });
});

describe("the sockets of a device", () => {
  const replaced = [...logins, { at: new Date(20_000).toISOString(), number: "500", device: 1, replaced: true }];

  it("must not be two", () => {
    expect(rulesBroken({ logins: replaced })).toEqual(["one socket"]);
  });

  it("may be two while the older one's holder stands still, and no other", () => {
    const still = { fromMs: 8_000, toMs: 21_000 };
    expect(rulesBroken({ logins: replaced, standstills: [{ hostId: "a", ...still }] })).toEqual([]);
    expect(rulesBroken({ logins: replaced, standstills: [{ hostId: "b", ...still }] })).toEqual(["one socket"]);
    const lastly = (to: string) => [...phases, { atMs: 5_000, hostId: "a", sessionId: "ses_1", to }];
    const standstills = [{ hostId: "a", ...still }];
    expect(rulesBroken({ logins: replaced, phases: lastly("opening"), standstills })).toEqual([]);
    expect(rulesBroken({ logins: replaced, phases: lastly("waiting"), standstills })).toEqual(["one socket"]);
  });

  it("may be two for a moment where somebody wrote over the lease", () => {
    const edit = (atMs: number) => [{ atMs, sessionIds: ["ses_1"] }];
    expect(rulesBroken({ logins: replaced, leaseEdits: edit(18_000) })).toEqual([]);
    expect(rulesBroken({ logins: replaced, leaseEdits: edit(9_000) })).toEqual(["one socket"]);
  });

  it("must not be sent on by a host that was overtaken", () => {
    const later = { atMs: 9_000, hostId: "b", sessionId: "ses_1", messageId: "msg_3", epoch: 2 };
    expect(rulesBroken({ sends: [...sends, later] })).toEqual([]);
    const overtaken = { ...later, atMs: 9_500, hostId: "a", epoch: 1 };
    expect(rulesBroken({ sends: [...sends, later, overtaken] })).toEqual(["one socket"]);
  });
});

describe("the items of the key table", () => {
  const write = (version: number | null | undefined, epoch: number) => ({ pk: "p", sk: "key", version, epoch });

  it("must rise by one, and begin anew only after a deletion", () => {
    expect(rulesBroken({ keyWrites: [write(1, 1), write(3, 1)] })).toEqual(["key versions"]);
    expect(rulesBroken({ keyWrites: [write(1, 1), write(1, 1)] })).toEqual(["key versions"]);
    expect(rulesBroken({ keyWrites: [write(1, 1), write(null, 1), write(1, 2)] })).toEqual([]);
    expect(rulesBroken({ keyWrites: [write(1, 1), write(undefined, 2), write(2, 2)] })).toEqual([]);
  });

  it("must not be written by an older epoch after a newer one", () => {
    expect(rulesBroken({ keyWrites: [write(1, 2), write(2, 1)] })).toEqual(["key versions"]);
    expect(rulesBroken({ keyWrites: [write(1, 2), write(null, 1)] })).toEqual(["key versions"]);
    expect(rulesBroken({ keyWrites: [write(1, 1), write(null, 2), write(null, 1)] })).toEqual([]);
  });
});
