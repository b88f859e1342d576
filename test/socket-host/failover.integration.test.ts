import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Session } from "../../domain/session/session.ts";
import { eventually } from "../eventually.ts";
import { HostStage } from "./host-stage.ts";

let hosts: HostStage;
beforeEach(async () => {
  hosts = await HostStage.open();
});
afterEach(() => hosts.close());

const reader = "5511900000100";

async function ownerOf(session: Session): Promise<string | undefined> {
  const leases = await hosts.items("leases");
  const lease = leases.find(row => row.pk === "lease" && Number(row.sk) === session.shard);
  return lease?.from === undefined ? String(lease?.owner) : undefined;
}

async function sendsThrough(session: Session, text: string): Promise<void> {
  const accepted = await hosts.accept(session, reader, text);
  await hosts.untilMessage(accepted, "delivered");
  const copies = (await hosts.control.messages(reader)).filter(message => message.id === accepted.waMessageId);
  expect(copies).toMatchObject([{ text, copies: 1 }]);
}

describe("two hosts", () => {
  it("carry on each other's sessions without a QR when one is killed, and never with two sockets at once", async () => {
    await hosts.control.createPhone(reader, "Eva");
    const first = await hosts.host();
    const session = await hosts.linked("5511900000101");
    await sendsThrough(session, "before");
    await hosts.kill(first);
    const waiting = await hosts.accept(session, reader, "accepted while nobody was there");
    const second = await hosts.host();
    await hosts.untilMessage(waiting, "delivered", 40_000);
    await hosts.until(session, "connected");
    expect(await ownerOf(session)).toBe(second.id);
    await sendsThrough(session, "after");
    const { statuses } = await hosts.read(session);
    expect(statuses.slice(-3).map(({ status }) => status)).toEqual(["connected", "connecting", "connected"]);
    expect(await hosts.control.stats()).toMatchObject({ maxSocketsPerDevice: 1, replaced: 0 });
  });

  it("share the shards, and hand sessions over one by one without a conflict", async () => {
    await hosts.control.createPhone(reader, "Eva");
    const first = await hosts.host();
    const sessions = [await hosts.linked("5511900000102"), await hosts.linked("5511900000103")];
    const second = await hosts.host();
    await eventually("each host to hold half of the shards", async () => {
      const leases = (await hosts.items("leases")).filter(row => row.pk === "lease" && row.from === undefined);
      const owners = leases.map(row => row.owner);
      return (
        owners.filter(owner => owner === first.id).length === 2 && owners.length === 4 && owners.includes(second.id)
      );
    });
    await hosts.stop(first);
    for (const session of sessions) {
      await eventually("the second host to hold it", async () => (await ownerOf(session)) === second.id);
      await eventually("it to be connected under the new epoch", async () => {
        const now = await hosts.read(session);
        return now.status === "connected" && now.epoch > 1;
      });
      await sendsThrough(session, `to ${session.id}`);
    }
    expect(await hosts.control.stats()).toMatchObject({ maxSocketsPerDevice: 1, replaced: 0 });
    const rows = await hosts.items("leases");
    expect(rows.filter(row => row.pk === "host").map(row => row.id)).toEqual([second.id]);
  });

  it("leave nothing behind when the last one stops, and a later one starts without waiting", async () => {
    await hosts.control.createPhone(reader, "Eva");
    const first = await hosts.host();
    const session = await hosts.linked("5511900000104");
    await hosts.stop(first);
    const leases = (await hosts.items("leases")).filter(row => row.pk === "lease");
    expect(leases.map(row => row.owner)).toEqual([undefined, undefined, undefined, undefined]);
    await hosts.host();
    await eventually("it to be connected again", async () => (await hosts.read(session)).epoch === 2, 5_000);
    await hosts.until(session, "connected");
    await sendsThrough(session, "again");
  });
});
