import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Session } from "../../domain/session/session.ts";
import { eventually } from "../eventually.ts";
import { HostStage, jidOf } from "./host-stage.ts";

let stage: HostStage;
beforeAll(async () => {
  stage = await HostStage.open();
  await stage.host();
});
afterAll(() => stage.close());

let last = 15_550_000_800;
const newNumber = () => String(last++);

async function newPhone(settings: { lidMigrated?: boolean } = {}): Promise<string> {
  const number = newNumber();
  await stage.control.createPhone(number, `Phone ${number}`, settings);
  return number;
}

async function linked(settings: { lidMigrated?: boolean } = {}): Promise<Session & { number: string }> {
  const number = await newPhone(settings);
  return { ...(await stage.scan(await stage.createSession(), number)), number };
}

const nacks = async () => (await stage.control.stats()).nacks ?? 0;

async function arrives(session: Session, to: string, text: string): Promise<void> {
  const message = await stage.accept(session, to, text);
  const delivered = await stage.untilMessage(message, "delivered");
  expect(delivered.error).toBeNull();
  const seen = (await stage.control.messages(to)).filter(({ id }) => id === message.waMessageId);
  expect(seen).toMatchObject([{ text, copies: 1 }]);
}

describe("a message to one person", () => {
  it.each([true, false])("goes to the address space of the account (migrated: %s)", async lidMigrated => {
    const session = await linked({ lidMigrated });
    const before = await nacks();
    await arrives(session, await newPhone({ lidMigrated: !lidMigrated }), "hello");
    expect(await nacks()).toBe(before);
  });

  it.each([true, false])(
    "goes to the other address space, under the same id, where the recipient's account decides (migrated: %s)",
    async lidMigrated => {
      const session = await linked({ lidMigrated });
      await stage.control.fault({ kind: "recipient_addresses", number: session.number });
      const friend = await newPhone({ lidMigrated: !lidMigrated });
      const before = await nacks();
      await arrives(session, friend, "hello");
      await arrives(session, friend, "again");
      expect(await nacks()).toBe(before + 1);
      expect((await stage.read(session)).restricted).toBeNull();
    },
  );

  it("goes to the number of somebody whose LID nobody is told", async () => {
    const session = await linked();
    const shy = await newPhone();
    await stage.control.fault({ kind: "no_lid", number: shy });
    await arrives(session, shy, "hello");
  });

  it("finds out that the account has been migrated", async () => {
    const session = await linked({ lidMigrated: false });
    await arrives(session, await newPhone(), "by number");
    await stage.control.change(session.number, { lidMigrated: true });
    await arrives(session, await newPhone(), "by LID");
  });
});

describe("what is done to a message of one person", () => {
  it.each([true, false])("reaches the phone (migrated: %s)", async lidMigrated => {
    const session = await linked({ lidMigrated });
    const friend = await newPhone();
    const sent = await stage.accept(session, friend, "first");
    await stage.untilMessage(sent, "delivered");
    await stage.change(session, sent, { kind: "edit", text: "second" });
    await stage.change(session, sent, { kind: "reaction", emoji: "👍" });
    await stage.change(session, sent, { kind: "revoke" });
    const seen = await eventually("the changes at the phone", async () => {
      const changes = (await stage.control.messages(friend)).filter(({ quotedId }) => quotedId === sent.waMessageId);
      return changes.length === 3 && changes;
    });
    expect(seen.map(({ type }) => type)).toEqual(["edit", "reaction", "revoke"]);
  });

  it.each([true, false])("is read by it (migrated: %s)", async lidMigrated => {
    const session = await linked({ lidMigrated });
    const reader = await linked({ lidMigrated });
    const sent = await stage.accept(session, reader.number, "read me");
    const seen = await stage.stored(reader, session.number, sent.waMessageId);
    await stage.change(reader, seen, { kind: "read" });
    await stage.untilMessage(sent, "read");
    expect(seen.from?.id).toBe(jidOf(session.number));
  });
});
