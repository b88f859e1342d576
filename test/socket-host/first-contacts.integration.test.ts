import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningHost } from "../../socket-host/start-host.ts";
import { HostStage } from "./host-stage.ts";

let stage: HostStage;
let host: RunningHost;
beforeAll(async () => {
  stage = await HostStage.open();
  host = await stage.host();
});
afterAll(() => stage.close());

describe("a first message to somebody", () => {
  it("carries the token that WhatsApp asks for, right after the link and after another host took over", async () => {
    const session = await stage.linked("15550000901");
    for (const number of ["15551112291", "15551112292"]) await stage.control.createPhone(number, "Stranger");
    await stage.untilMessage(await stage.accept(session, "15551112291", "good day"), "delivered");
    await stage.kill(host);
    host = await stage.host();
    await stage.untilMessage(await stage.accept(session, "15551112292", "good day to you"), "delivered");
    expect(await stage.control.stats()).toMatchObject({ nacks: 0 });
  });

  it("needs none from an account that is not migrated where nobody asks for one", async () => {
    await stage.control.createPhone("15550000902", "Owner", { lidMigrated: false, asksForTokens: false });
    const session = await stage.scan(await stage.createSession(), "15550000902");
    await stage.untilMessage(await stage.accept(session, "15551112291", "hello"), "delivered");
  });

  it("carries it from an account that is not migrated as well", async () => {
    await stage.control.createPhone("15550000903", "Owner", { lidMigrated: false });
    const session = await stage.scan(await stage.createSession(), "15550000903");
    await stage.untilMessage(await stage.accept(session, "15551112291", "hello"), "delivered");
    expect(await stage.control.stats()).toMatchObject({ nacks: 0 });
  });
});
