import { GetCommand, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newId } from "../../../domain/id.ts";
import { type DataKeys, kmsDataKeys } from "../../../domain/secret/envelope.ts";
import { keyPartition } from "../../../socket-host/keys/key-item.ts";
import {
  eraseSessionKeys,
  openSessionKeys,
  type SessionKeys,
  type SessionKeysOptions,
} from "../../../socket-host/keys/session-keys.ts";
import { type EmulatedAws, emulatedAws } from "../../emulated-aws.ts";

let aws: EmulatedAws;
let dataKeys: DataKeys;
beforeAll(async () => {
  aws = await emulatedAws();
  dataKeys = kmsDataKeys(aws.environment.ENCRYPTION_KEY_ARN ?? "");
});
afterAll(() => aws[Symbol.asyncDispose]());

type Name = SessionKeys["session"];
const newSession = (): Name => ({ tenantId: newId("ten", Date.now()), id: newId("ses", Date.now()) });

async function open(session: Name, epoch: number, options: Partial<SessionKeysOptions> = {}): Promise<SessionKeys> {
  const keys = await openSessionKeys({ db: aws.db, dataKeys, session, epoch, ...options });
  keys.keepCredentials(() => Buffer.from(`credentials of epoch ${epoch}`));
  return keys;
}

const write = async (keys: SessionKeys, id: string, text: string | null) => {
  const changes = new Map([["session", new Map([[id, text === null ? null : Buffer.from(text)]])]]);
  await keys.records.exclusively(async exclusive => exclusive.set(changes));
  await keys.records.durable();
};
const read = async (keys: SessionKeys, id: string) => {
  const found = (await keys.records.get("session", [id])).get(id);
  return found === undefined ? undefined : Buffer.from(found).toString();
};

async function rowsOf(session: Name) {
  const answer = await aws.db.client.send(
    new QueryCommand({
      TableName: aws.db.table.keys,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": keyPartition(session) },
    }),
  );
  return answer.Items ?? [];
}

async function failureOf(keys: SessionKeys, work: () => Promise<unknown>) {
  const told: unknown[] = [];
  keys.onFailure(failure => told.push(failure));
  await expect(work()).rejects.toBeInstanceOf(Error);
  expect(told).toHaveLength(1);
  return told[0];
}

describe("a session's keys", () => {
  it("are there for the next owner, credentials too, and only sealed in the table", async () => {
    const session = newSession();
    const first = await open(session, 1);
    expect(await first.credentials()).toBeUndefined();
    first.records.credentialsChanged();
    await write(first, "bob.1", "the ratchet");
    await first.close();
    const second = await open(session, 2);
    expect(Buffer.from((await second.credentials()) ?? []).toString()).toBe("credentials of epoch 1");
    expect(await read(second, "bob.1")).toBe("the ratchet");
    const stored = Buffer.concat((await rowsOf(session)).map(row => Buffer.from(row.sealed ?? [])));
    expect(stored.includes("ratchet")).toBe(false);
    expect(stored.includes("credentials")).toBe(false);
  });

  it("count their writes without a gap, and carry the epoch of whoever wrote them last", async () => {
    const session = newSession();
    const first = await open(session, 4);
    await write(first, "bob.1", "1");
    await write(first, "bob.1", "2");
    await first.close();
    const second = await open(session, 5);
    await write(second, "bob.1", "3");
    const row = (await rowsOf(session)).find(({ sk }) => sk === "key#session#bob.1");
    expect(row).toMatchObject({ version: 3, epoch: 5 });
  });

  it("cannot be written from a version that another opening, be it under the same epoch, has overtaken", async () => {
    const session = newSession();
    const old = await open(session, 1);
    await write(old, "bob.1", "1");
    const next = await open(session, 1);
    await read(next, "bob.1");
    await write(next, "bob.1", "2");
    expect(await failureOf(old, () => write(old, "bob.1", "mine"))).toMatchObject({ code: "ownership_lost" });
    await expect(read(old, "bob.1")).rejects.toMatchObject({ code: "ownership_lost" });
    expect(await read(next, "bob.1")).toBe("2");
  });

  it("cannot be written at all by an owner whom a newer one has overtaken, not even what that one never touched", async () => {
    const session = newSession();
    const old = await open(session, 1);
    await write(old, "bob.1", "1");
    const next = await open(session, 2);
    expect(await failureOf(old, () => write(old, "bob.1", "mine"))).toMatchObject({ code: "ownership_lost" });
    expect(await read(next, "bob.1")).toBe("1");
  });

  it("cannot be written any more once they were erased", async () => {
    const session = newSession();
    const keys = await open(session, 1);
    await write(keys, "bob.1", "1");
    await eraseSessionKeys(aws.db, session);
    expect(await failureOf(keys, () => write(keys, "eve.1", "late"))).toMatchObject({ code: "ownership_lost" });
    expect(await rowsOf(session)).toEqual([]);
  });

  it("cannot be read past the cache by an owner whom a newer one has overtaken", async () => {
    const session = newSession();
    const old = await open(session, 1);
    const next = await open(session, 2);
    await write(next, "bob.1", "theirs");
    await expect(old.credentials()).resolves.toBeUndefined();
    expect(await failureOf(old, () => read(old, "bob.1"))).toMatchObject({ code: "ownership_lost" });
  });

  it("cannot be opened under an older epoch than they were opened under before", async () => {
    const session = newSession();
    await open(session, 7);
    await expect(open(session, 6)).rejects.toMatchObject({ code: "ownership_lost" });
    await open(session, 7);
  });

  it("cannot be moved to another record's or another session's place", async () => {
    const session = newSession();
    const keys = await open(session, 1);
    await write(keys, "bob.1", "the ratchet");
    const found = await aws.db.client.send(
      new GetCommand({ TableName: aws.db.table.keys, Key: { pk: keyPartition(session), sk: "key#session#bob.1" } }),
    );
    const Item = { ...found.Item, sk: "key#session#eve.1" };
    await aws.db.client.send(new PutCommand({ TableName: aws.db.table.keys, Item }));
    expect(await failureOf(keys, () => read(keys, "eve.1"))).toMatchObject({ code: "key_store_failed" });
  });

  it("never look like none when they cannot be read", async () => {
    const session = newSession();
    const keys = await open(session, 1);
    keys.records.credentialsChanged();
    await write(keys, "bob.1", "the ratchet");
    const away = { ...aws.db, table: { ...aws.db.table, keys: "no-such-table" } };
    await expect(open(session, 2, { db: away })).rejects.toBeInstanceOf(Error);
    const wrongKey: DataKeys = { ...dataKeys, unwrap: async () => Buffer.alloc(32) };
    const blind = await open(session, 3, { dataKeys: wrongKey });
    expect(await failureOf(blind, () => blind.credentials())).toMatchObject({ code: "key_store_failed" });
    await expect(blind.credentials()).rejects.toBeInstanceOf(Error);
  });

  it("are written all, however many change at once", async () => {
    const session = newSession();
    const keys = await open(session, 1, { cacheBytesMax: 5_000 });
    const ids = Array.from({ length: 250 }, (_, n) => `member${n}.1`);
    const changes = new Map([["session", new Map(ids.map(id => [id, Buffer.from(id)]))]]);
    await keys.records.exclusively(async exclusive => exclusive.set(changes));
    await keys.records.durable();
    expect((await keys.records.get("session", ids)).size).toBe(250);
    await write(keys, "member7.1", "again");
    expect(await read(keys, "member7.1")).toBe("again");
  });

  it("may each be larger than an item of the table, and leave nothing behind when they shrink", async () => {
    const session = newSession();
    const keys = await open(session, 1);
    const large = (letter: string, bytes: number) => letter.repeat(bytes);
    await write(keys, "contacts", large("a", 900_000));
    await write(keys, "contacts", large("b", 4_200_000));
    await keys.close();
    const next = await open(session, 2);
    expect(await read(next, "contacts")).toBe(large("b", 4_200_000));
    await write(next, "contacts", large("c", 700_000));
    expect(await read(next, "contacts")).toBe(large("c", 700_000));
    expect((await rowsOf(session)).map(({ sk }) => sk).sort()).toEqual([
      "datakey",
      "key#session#contacts",
      "part#key#session#contacts#3#1",
      "part#key#session#contacts#3#2",
    ]);
    await write(next, "contacts", "small");
    await write(next, "contacts", null);
    expect((await rowsOf(session)).map(({ sk }) => sk)).toEqual(["datakey"]);
  });

  it("can be taken out and made again", async () => {
    const keys = await open(newSession(), 1);
    await write(keys, "bob.1", "1");
    await write(keys, "bob.1", null);
    expect(await read(keys, "bob.1")).toBeUndefined();
    await write(keys, "bob.1", "2");
    expect(await read(keys, "bob.1")).toBe("2");
  });

  it("are erased whole, and nothing of another session with them", async () => {
    const session = newSession();
    const other = { ...newSession(), tenantId: session.tenantId };
    for (const name of [session, other]) {
      const keys = await open(name, 1);
      keys.records.credentialsChanged();
      for (let n = 0; n < 30; n++) await write(keys, `bob.${n}`, "x");
      await keys.close();
    }
    await eraseSessionKeys(aws.db, session);
    expect(await rowsOf(session)).toEqual([]);
    expect(await rowsOf(other)).toHaveLength(32);
    const again = await open(session, 2);
    expect(await again.credentials()).toBeUndefined();
    expect(await read(again, "bob.1")).toBeUndefined();
  });

  it("throw once they are closed", async () => {
    const keys = await open(newSession(), 1);
    await write(keys, "bob.1", "1");
    await keys.close();
    await expect(read(keys, "bob.1")).rejects.toMatchObject({ code: "keys_closed" });
    await expect(write(keys, "bob.1", "2")).rejects.toMatchObject({ code: "keys_closed" });
  });
});
