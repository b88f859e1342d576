import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { FaultStage } from "./fault-stage.ts";

let stage: FaultStage;
beforeAll(async () => {
  stage = await FaultStage.open();
});
afterEach(() => stage.testIsOver());
afterAll(() => stage.close());

describe("a connection that ends", () => {
  it.each([
    [{ kind: "drop" }, "connection_lost"],
    [{ kind: "stream_error", code: 503 }, "unavailable"],
    [{ kind: "stream_error", code: 500 }, "bad_session"],
    [{ kind: "stream_error", code: 515 }, "restart_required"],
    [{ kind: "stream_refusal", reason: "ack" }, "connection_lost"],
    [{ kind: "stream_refusal", reason: "xml-not-well-formed" }, "connection_lost"],
    [{ kind: "conflict", code: "replaced" }, "replaced"],
  ] as const)("by %j is %s, told once", async (fault, kind) => {
    const { session, number } = await stage.linked();
    const before = session.closes.length;
    await stage.control.fault({ ...fault, number });
    await session.closed(kind, before);
    await session.socket?.close();
    expect(session.closes.slice(before)).toHaveLength(1);
  });

  it("because the phone unlinked it is logged_out, and so is the next login", async () => {
    const { session, number } = await stage.linked();
    const [device] = (await stage.control.phone(number)).devices;
    await stage.control.ok("DELETE", `/phones/${number}/devices/${device?.id}`);
    await session.closed("logged_out");
    const before = session.closes.length;
    await session.connect();
    await session.closed("logged_out", before);
  });

  it.each([
    [401, "logged_out"],
    [402, "temporarily_banned"],
    [403, "banned"],
    [406, "banned"],
    [409, "client_outdated"],
    [405, "client_outdated"],
  ] as const)("because a login failed with %i is %s", async (code, kind) => {
    const { session, number } = await stage.linked();
    await session.socket?.close();
    await stage.control.fault({ number, kind: "failure", code });
    const before = session.closes.length;
    await session.connect();
    await session.closed(kind, before);
  });
});
