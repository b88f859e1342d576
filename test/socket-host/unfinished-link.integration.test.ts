import { afterEach, expect, it } from "vitest";
import { openLog } from "../../domain/log.ts";
import { eventually } from "../eventually.ts";
import { HostStage } from "./host-stage.ts";

const owner = "5511900000951";
let hosts: HostStage;
afterEach(() => hosts.close());

it("a session whose keys were kept and WhatsApp not answered shows a new QR by itself, and is linked by that", async () => {
  let losesAnswers = false;
  hosts = await HostStage.open({
    // The keys are written, and the host does not hear so: it may not answer WhatsApp, and its socket ends.
    intercept: ({ action }) =>
      losesAnswers && action === "TransactWriteItems" ? { error: "InternalServerError", afterwards: true } : undefined,
  });
  const said: string[] = [];
  const log = openLog({ name: "test", write: line => void said.push(line) });
  await hosts.host({}, { log });
  await hosts.control.createPhone(owner, "Owner");
  const session = await hosts.createSession();
  const { qr } = await hosts.until(session, "qr");
  losesAnswers = true;
  const scanned = hosts.control.scan(owner)(qr?.code ?? "");
  const unanswered = expect(scanned).rejects.toThrow("client_did_not_answer");
  await eventually("the socket to end", () => said.some(line => line.includes('"from":"pairing","to":"waiting"')));
  losesAnswers = false;
  const shown = await eventually("another QR", async () => {
    const now = await hosts.read(session);
    return now.status === "qr" && now.qr !== null && now.qr.code !== qr?.code && now.qr;
  });
  await unanswered;
  await hosts.control.scan(owner)(shown.code);
  const { statuses } = await hosts.until(session, "connected");
  expect(statuses.map(({ status }) => status)).not.toContain("disconnected");
  expect((await hosts.control.phone(owner)).devices).toHaveLength(1);
});
