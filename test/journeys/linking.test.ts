import { describe, expect, it } from "vitest";
import * as z from "zod";
import { eventually } from "../eventually.ts";
import type { Customer } from "./customer.ts";
import { onFreshProduct } from "./journey-product.ts";
import type { Simulator } from "./simulator.ts";
import { WebhookReceiver } from "./webhook-receiver.ts";

const Passkey = z.object({
  state: z.string(),
  options: z.looseObject({ challenge: z.string() }).nullable(),
  code: z.string().nullable(),
  failure: z.string().nullable(),
});

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

  it("by passkey: the challenge is signed in a browser, a wrong credential is refused, and the code is compared where no proof counts", async () => {
    const number = "5511987650003";
    await whatsapp.phone(number);
    await whatsapp.call("PUT", `/phones/${number}/passkey`, { refuses: 1 });
    const { id } = await customer.createSession({ name: "By passkey" });
    const shown = await customer.sessionThatIs("qr", id);
    await expect(whatsapp.call("POST", `/phones/${number}/scan`, { qr: shown.qr?.code })).rejects.toThrow("409");
    await customer.sessionThatIs("passkey_required", id);
    const path = `/api/sessions/${id}/passkey`;
    const passkey = async () => Passkey.parse((await customer.get(path)).body);
    const challenge = (before?: string) =>
      eventually("a challenge", async () => {
        const { state, options, failure } = await passkey();
        return state === "challenge" && options !== null && options.challenge !== before && { options, failure };
      });
    const signed = async (options: object, how: object = {}) => ({
      credential: await whatsapp.call("POST", `/phones/${number}/passkey/sign`, { options, ...how }),
    });

    const { options } = await challenge();
    const elsewhere = await customer.post(path, await signed(options, { origin: "https://example.com" }));
    expect([elsewhere.status, elsewhere.body.code]).toEqual([422, "passkey_invalid"]);
    expect((await customer.post(`${path}/confirm`)).status).toBe(409);
    expect((await customer.post(path, await signed(options))).status).toBe(202);

    const again = await challenge(options.challenge);
    expect(again.failure).toBe("refused");
    expect((await customer.post(path, await signed(again.options))).status).toBe(202);
    await customer.sessionThatIs("passkey_confirmation", id);
    expect((await passkey()).code).toBe((await whatsapp.call("GET", `/phones/${number}/passkey`)).code);
    expect((await customer.post(`${path}/confirm`)).status).toBe(202);
    const connected = await customer.sessionThatIs("connected", id);
    expect(connected.phone?.number).toBe(`+${number}`);
    const asked = await hook.event("session.passkey_required", ({ data: session }) => session.id === id);
    expect(JSON.stringify(asked)).not.toContain(options.challenge);
    expect((await passkey()).state).toBe("none");
  });
});
