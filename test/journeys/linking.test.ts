import { describe, expect, it } from "vitest";
import { eventually } from "../eventually.ts";
import type { Customer } from "./customer.ts";
import { onFreshProduct } from "./journey-product.ts";
import type { Simulator } from "./simulator.ts";
import { WebhookReceiver } from "./webhook-receiver.ts";

describe("linking a session to a phone", () => {
  let whatsapp: Simulator;
  let customer: Customer;
  let hook: WebhookReceiver;

  onFreshProduct(async product => {
    ({ customer, whatsapp } = product);
    hook = product.use(new WebhookReceiver());
    const { secret } = await customer.createWebhook({ url: await hook.listen(), events: ["session.*"] });
    hook.secret = secret;
  });

  const codeOf = (sessionId: string, before: string | null = null) =>
    eventually("a pairing code to be shown", async () => {
      const { pairingCode } = await customer.session(sessionId);
      return pairingCode !== null && pairingCode !== before && pairingCode;
    });

  it("takes a pairing code in place of a scan, also after the connection dropped before the code was typed", async () => {
    const number = "5511987660001";
    await whatsapp.phone(number);
    const created = await customer.createSession({ name: "By code", phoneNumber: `+${number}` });
    expect(created.pairingCode).toBeNull();
    const first = await codeOf(created.id);
    expect((await customer.session(created.id)).qr?.code).toBeTruthy();
    const event = await hook.event("session.pairing_code", ({ data: session }) => session.id === created.id);
    expect(event.data.pairingCode).toBe(first);

    await whatsapp.call("POST", "/faults", { kind: "drop" });
    const second = await codeOf(created.id, first);
    await expect(whatsapp.call("POST", `/phones/${number}/pair`, { code: first })).rejects.toThrow("403");
    expect((await whatsapp.call("GET", `/phones/${number}`)).devices).toEqual([]);
    await whatsapp.call("POST", `/phones/${number}/pair`, { code: second });
    const connected = await customer.sessionThatIs("connected", created.id);
    expect(connected).toMatchObject({ qr: null, pairingCode: null, phone: { number: `+${number}` } });
    expect(connected.statuses.map(({ status }) => status)).not.toContain("disconnected");
  });

  it("starts over with a new QR when it is restarted after the person unlinked it", async () => {
    const number = "5511987660002";
    await whatsapp.phone(number);
    const { id } = await customer.createSession({ name: "Again" });
    const shown = await customer.sessionThatIs("qr", id);
    await whatsapp.scan(number, shown.qr?.code ?? "");
    await customer.sessionThatIs("connected", id);
    const { devices } = await whatsapp.call("GET", `/phones/${number}`);
    await whatsapp.call("DELETE", `/phones/${number}/devices/${devices[0].id}`);
    const out = await customer.sessionThatIs("disconnected", id);
    expect(out.lastDisconnect?.reason).toBe("logged_out");

    await customer.post(`/api/sessions/${id}/restart`);
    const again = await customer.sessionThatIs("qr", id);
    expect(again.qr?.code).not.toBe(shown.qr?.code);
    await whatsapp.scan(number, again.qr?.code ?? "");
    await customer.sessionThatIs("connected", id);
  });
});
