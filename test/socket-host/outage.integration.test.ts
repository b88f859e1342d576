import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Intercept } from "../../local/aws/intercept.ts";
import type { RunningHost } from "../../socket-host/start-host.ts";
import { eventually } from "../eventually.ts";
import { HostStage, jidOf } from "./host-stage.ts";

let hosts: HostStage;
let host: RunningHost;
let fault: Intercept;
beforeEach(async () => {
  fault = () => undefined;
  hosts = await HostStage.open({ intercept: call => fault(call) });
  host = await hosts.host();
});
afterEach(async () => {
  fault = () => undefined;
  await hosts.close();
});

const all =
  (service: string, error: string): Intercept =>
  call =>
    call.service === service ? { error } : undefined;

describe("a socket host while AWS fails", () => {
  it("serves its sessions without SQS, later, and with it again at once", async () => {
    const session = await hosts.linked("5511900000401");
    await hosts.control.createPhone("5511900000402", "Otto");
    fault = call => (call.service === "sqs" && call.action !== "SendMessage" ? { error: "InternalError" } : undefined);
    const unheard = await hosts.accept(session, "5511900000402", "while the doorbell is broken");
    await hosts.untilMessage(unheard, "delivered");
    fault = () => undefined;
    await hosts.untilMessage(await hosts.accept(session, "5511900000402", "mended"), "delivered");
  });

  it("publishes later what SNS did not take", async () => {
    const session = await hosts.linked("5511900000403");
    await hosts.control.createPhone("5511900000404", "Pia");
    fault = all("sns", "InternalFailure");
    const accepted = await hosts.accept(session, "5511900000404", "nobody is told yet");
    await hosts.untilMessage(accepted, "delivered");
    const unpublished = async () =>
      (await hosts.items("events")).filter(item => JSON.stringify(item).includes(accepted.id) && item.unpublishedPk);
    expect((await unpublished()).length).toBeGreaterThan(0);
    fault = () => undefined;
    await eventually("every event to be published", async () => (await unpublished()).length === 0, 45_000);
  });

  it("stores what came in as soon as it can, once, when the tables fail for a while", async () => {
    const session = await hosts.linked("5511900000405");
    await hosts.control.createPhone("5511900000406", "Quim");
    let failed = 0;
    fault = call => {
      if (call.action !== "TransactWriteItems" || failed >= 6) return undefined;
      failed++;
      return { error: "InternalServerError" };
    };
    await hosts.control.say("5511900000406", "5511900000405", "through thick and thin");
    const history = await eventually("the message in the history", async () => {
      const found = await hosts.history(session, jidOf("5511900000406"));
      return found.length > 0 && found;
    });
    expect(failed).toBe(6);
    expect(history.map(({ text }) => text)).toEqual(["through thick and thin"]);
    const told = (await hosts.events(session)).filter(({ type }) => type === "message.received");
    expect(told).toHaveLength(1);
  });

  it("lets go of everything when it cannot renew, and takes it back when it can", async () => {
    const session = await hosts.linked("5511900000407");
    await hosts.control.createPhone("5511900000408", "Rui");
    fault = all("dynamodb", "InternalServerError");
    await eventually("the host to hold nothing", async () => {
      const answer = await fetch(`http://127.0.0.1:${host.healthPort}/`);
      return (await answer.text()).includes('"shards":0');
    });
    expect((await hosts.control.phone("5511900000407")).devices).toMatchObject([{ connected: false }]);
    fault = () => undefined;
    await eventually("a connection under a new epoch", async () => {
      const now = await hosts.read(session);
      return now.status === "connected" && now.epoch > 1;
    });
    await hosts.untilMessage(await hosts.accept(session, "5511900000408", "back"), "delivered");
    expect(await hosts.control.stats()).toMatchObject({ maxSocketsPerDevice: 1, replaced: 0 });
  });
});
