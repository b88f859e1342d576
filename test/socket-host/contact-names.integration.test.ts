import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { newContact, patchedContact } from "../../domain/contact/change.ts";
import { type ContactPatch, contactRef, type StoredContact } from "../../domain/contact/contact.ts";
import { findContact, saveContact } from "../../domain/contact/store.ts";
import { EventRow } from "../../domain/event/log.ts";
import type { Session } from "../../domain/session/session.ts";
import type { Intercept } from "../../local/aws/intercept.ts";
import type { RunningHost } from "../../socket-host/start-host.ts";
import { eventually } from "../eventually.ts";
import { HostStage, jidOf } from "./host-stage.ts";

describe("a contact's name at WhatsApp", () => {
  let stage: HostStage;
  let host: RunningHost;
  let fault: Intercept = () => undefined;
  const reads: string[] = [];

  beforeAll(async () => {
    stage = await HostStage.open({
      intercept: call => fault(call),
      observe: ({ action }, body) => {
        if (action === "GetItem") reads.push(body.toString());
      },
    });
    host = await stage.host();
  });

  afterEach(() => {
    fault = () => undefined;
  });

  afterAll(() => stage.close());

  const refOf = (session: Session, number: string) => contactRef(session.tenantId, `+${number}`);
  const contact = async (session: Session, number: string): Promise<StoredContact> => {
    const found = await findContact(stage.db, refOf(session, number));
    if (found === undefined) throw new Error("there is no such contact");
    return found;
  };
  const make = async (session: Session, number: string, given: ContactPatch = {}) => {
    const change = { cause: "made", nowMs: Date.now() };
    const fresh = newContact(session.tenantId, `+${number}`, given, change);
    await saveContact(stage.db, fresh, change, () => fresh);
  };
  const patch = (session: Session, number: string, given: ContactPatch) => {
    const change = { cause: `patched ${JSON.stringify(given)}`, nowMs: Date.now() };
    const make = (before: StoredContact | undefined) => before && patchedContact(before, given, change);
    return saveContact(stage.db, refOf(session, number), change, make);
  };
  const untilNamed = (session: Session, number: string, name: string) =>
    eventually(`the contact to be ${name}`, async () => {
      const now = await contact(session, number);
      return now.name === name && now;
    });
  /** The names that `contact.updated` told of, in order. */
  const told = async (session: Session, number: string) => {
    const { id } = refOf(session, number);
    const events = (await stage.items("events")).map(item => EventRow.parse(item).event);
    return events
      .filter(({ type, data }) => type === "contact.updated" && data.id === id)
      .sort((one, other) => one.createdAt.localeCompare(other.createdAt))
      .map(({ data }) => data.name);
  };
  const stored = (session: Session, number: string, id: string) =>
    eventually("the message", async () =>
      (await stage.history(session, jidOf(number))).find(({ waMessageId }) => waMessageId === id),
    );
  const say = async (session: Session, from: string, to: string, text: string) =>
    stored(session, from, await stage.control.say(from, to, text));
  /** What WhatsApp tells of a person is taken in order: once this one is named, all before is dealt with. */
  const untilAllIsHeard = async (session: Session, owner: string, sentinel: string) => {
    await stage.control.createPhone(sentinel, "Sentinel");
    await make(session, sentinel);
    await say(session, sentinel, owner, "after all that");
    await untilNamed(session, sentinel, "Sentinel");
  };

  it("fills a contact that has none, follows the person, and says each change once", async () => {
    const [owner, bea] = ["15550000701", "15551110701"] as const;
    await stage.control.createPhone(bea, "Bea");
    const session = await stage.linked(owner);
    const own = { tags: ["vip"], customFields: { city: "SP" }, optedOut: true, email: "bea@example.com" };
    await make(session, bea, own);
    await say(session, bea, owner, "one");
    const named = await untilNamed(session, bea, "Bea");
    expect(named).toMatchObject({ ...own, revision: 2 });
    await say(session, bea, owner, "two");
    await stage.control.change(bea, { name: "Bea Lima" });
    await say(session, bea, owner, "three");
    const renamed = await untilNamed(session, bea, "Bea Lima");
    await say(session, bea, owner, "four");
    await untilAllIsHeard(session, owner, "15551110702");
    expect(await contact(session, bea)).toEqual(renamed);
    expect(renamed).toMatchObject({ ...own, revision: 3, optedOutAt: named.optedOutAt });
    expect(await told(session, bea)).toEqual(["Bea", "Bea Lima"]);
  });

  it("leaves a name that a customer gave, and makes no contacts", async () => {
    const [owner, caio, nobody] = ["15550000702", "15551110703", "15551110704"] as const;
    await stage.control.createPhone(caio, "Caio at WhatsApp");
    await stage.control.createPhone(nobody, "Nobody's contact");
    const session = await stage.linked(owner);
    await make(session, caio, { name: "Caio Souza" });
    await say(session, caio, owner, "hello");
    for (const text of ["hello", "hello?", "hello!"]) await say(session, nobody, owner, text);
    await untilAllIsHeard(session, owner, "15551110705");
    // The same name again is not looked at again.
    expect(reads.filter(body => body.includes(refOf(session, nobody).id))).toHaveLength(1);
    expect(await contact(session, caio)).toMatchObject({ name: "Caio Souza", revision: 1 });
    expect(await findContact(stage.db, refOf(session, nobody))).toBeUndefined();
    expect(await told(session, caio)).toEqual([]);
    await patch(session, "15551110705", { name: "Sentinel" });
    await stage.control.change("15551110705", { name: "Somebody else" });
    await say(session, "15551110705", owner, "by another name");
    await untilAllIsHeard(session, owner, "15551110706");
    expect((await contact(session, "15551110705")).name).toBe("Sentinel");
  });

  it("is known of whoever writes under a LID, in a group, by the other spelling, and of who calls", async () => {
    const [owner, dora, edu] = ["15550000703", "15551110707", "551187650708"] as const;
    await stage.control.createPhone(dora, "Dora");
    await stage.control.createPhone(edu, "Edu");
    const session = await stage.linked(owner);
    await make(session, dora);
    await stage.control.change(dora, { addressing: "lid" });
    await say(session, dora, owner, "by both names");
    await untilNamed(session, dora, "Dora");
    await stage.control.change(dora, { addressing: "lid_alone", name: "Dora by LID" });
    await say(session, dora, owner, "by the LID alone");
    await untilNamed(session, dora, "Dora by LID");
    const group = await stage.control.createGroup("Club", [owner, dora]);
    await stage.control.change(dora, { name: "Dora of the club" });
    await stage.control.say(dora, group.id, "to everybody");
    await untilNamed(session, dora, "Dora of the club");
    await stage.control.change(dora, { name: "Dora calling" });
    await stage.control.ok("POST", `/phones/${dora}/call`, { to: owner });
    await untilNamed(session, dora, "Dora calling");
    await make(session, "5511987650708");
    await say(session, edu, owner, "with a digit less");
    await untilNamed(session, "5511987650708", "Edu");
  });

  it("is told once although the host dies before it has forgotten the message", async () => {
    const [owner, fay] = ["15550000704", "15551110709"] as const;
    await stage.control.createPhone(fay, "Fay");
    const session = await stage.linked(owner);
    await make(session, fay);
    fault = ({ service, action }) =>
      service === "dynamodb" && action === "DeleteItem" ? { error: "InternalServerError" } : undefined;
    await say(session, fay, owner, "out of a crash");
    const named = await untilNamed(session, fay, "Fay");
    const journalled = async () =>
      (await stage.items("keys")).filter(({ sk }) => String(sk).startsWith("journal#")).length;
    expect(await journalled()).toBeGreaterThan(0);
    await stage.kill(host);
    host = await stage.host();
    await eventually("the next host to own the shard", async () => {
      const leases = await stage.items("leases");
      return leases.some(({ sk, owner: held }) => Number(sk) === session.shard && held === host.id);
    });
    expect(await journalled()).toBeGreaterThan(0);
    fault = () => undefined;
    await eventually("the journal to be told again", async () => (await journalled()) === 0, 60_000);
    await untilAllIsHeard(session, owner, "15551110710");
    expect(await contact(session, fay)).toEqual(named);
    expect(await told(session, fay)).toEqual(["Fay"]);
  });

  it("holds up no message where contacts cannot be reached, and is made up for by the next", async () => {
    const [owner, gil] = ["15550000705", "15551110711"] as const;
    await stage.control.createPhone(gil, "Gil");
    const session = await stage.linked(owner);
    await make(session, gil);
    await stage.stop(host);
    host = await stage.host({ TABLE_CONTACTS: "no-such-table" });
    await stage.until(session, "connected", 60_000);
    await say(session, gil, owner, "one");
    await say(session, gil, owner, "two");
    await stage.stop(host);
    host = await stage.host();
    expect((await contact(session, gil)).name).toBeNull();
    await say(session, gil, owner, "three");
    await untilNamed(session, gil, "Gil");
    expect(await told(session, gil)).toEqual(["Gil"]);
  });
});
