import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Session } from "../../domain/session/session.ts";
import { eventually } from "../eventually.ts";
import { HostStage } from "./host-stage.ts";

const owner = "15550000071";
const ada = "15551112271";
const ben = "15551112272";

describe("a person with a device that has no keys", () => {
  let stage: HostStage;
  let session: Session;

  beforeAll(async () => {
    ({ stage, session } = await HostStage.talking(owner, ada));
    await stage.control.createPhone(ben, "Ben");
  });

  afterAll(() => stage.close());

  const at = (number: string, waMessageId: string) =>
    eventually(`the message at …${number.slice(-4)}`, async () =>
      (await stage.control.messages(number)).find(({ id }) => id === waMessageId),
    );

  it.each([404, 406])("gets messages on the others (%s)", async code => {
    await stage.control.fault({ kind: "no_keys", number: ada, device: 5, code });
    const message = await stage.accept(session, ada, `without ${code}`);
    expect(await at(ada, message.waMessageId)).toMatchObject({ text: `without ${code}`, copies: 1 });
    expect(await stage.untilMessage(message, "delivered")).toMatchObject({ error: null });
    await stage.control.clearFaults();
  });

  it("keeps nobody else in a group from reading", async () => {
    const { id: group } = await stage.control.createGroup("Lunch", [ada, owner, ben]);
    await stage.control.fault({ kind: "no_keys", number: ada, device: 0, code: 406 });
    const message = await stage.accept(session, group, "for all of you");
    expect(await at(ben, message.waMessageId)).toMatchObject({ text: "for all of you", copies: 1 });
    await stage.untilMessage(message, "delivered");
    await stage.control.clearFaults();
    const next = await stage.accept(session, group, "and again");
    expect(await at(ada, next.waMessageId)).toMatchObject({ text: "and again" });
  });
});
