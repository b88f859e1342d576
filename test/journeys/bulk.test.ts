import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Schemas } from "../../client/client.js";
import { eventually } from "../eventually.ts";
import type { Customer } from "./customer.ts";
import { JourneyProduct } from "./journey-product.ts";

const owner = "15550000081";
const urgent = "15551112281";
/** A thousand (BULK_PEOPLE=1000) take some two minutes on two cores. */
const people = Number(process.env.BULK_PEOPLE ?? 100);
const crowd = Array.from({ length: people }, (_, index) => String(15_552_230_000 + index));
const atOnce = 20;

type Bulk = Schemas["SendBulk"];
type Accepted = Schemas["BulkAnswer"];

describe("a text to hundreds at once", () => {
  it("reaches each of them once, and a one-time code asked for meanwhile overtakes it", {
    timeout: 600_000,
  }, async () => {
    const { customer, whatsapp } = await JourneyProduct.shared();
    await inTurns([owner, urgent, ...crowd], number => whatsapp.phone(number));
    const { id: sessionId } = await customer.createSession({ name: "Bulk" });
    const { qr } = await customer.sessionThatIs("qr", sessionId);
    await whatsapp.scan(owner, qr?.code ?? "");
    await customer.sessionThatIs("connected", sessionId);

    const recipients = crowd.map((to, place) => ({ to, variables: { place: String(place) } }));
    await acceptAll(customer, { sessionId, recipients, text: "number {{place}}" });
    await customer.send({ sessionId, to: urgent, text: "code 1234", priority: "high" });
    await whatsapp.receivedText(urgent, "code 1234");
    expect(await whatsapp.received(crowd.at(-1) ?? "")).toEqual([]);

    const textOf = (place: number) => `number ${place}`;
    const theirs = (number: string, text: string) => async () =>
      (await whatsapp.received(number)).some(message => message.text === text);
    for (const [place, number] of crowd.entries()) {
      await eventually(`number ${place} to have it`, theirs(number, textOf(place)), 300_000);
    }
    const wrong: unknown[] = [];
    await inTurns([...crowd.entries()], async ([place, number]) => {
      const rows = await whatsapp.received(number);
      const isRight = rows.length === 1 && rows[0]?.text === textOf(place) && rows[0].copies === 1;
      if (!isRight) wrong.push({ place, rows });
    });
    expect(wrong).toEqual([]);
  });
});

/** Asks until everybody is accepted, as a customer does whose request was not answered in time, or only in part. */
async function acceptAll(customer: Customer, body: Bulk): Promise<void> {
  for (let left = body.recipients; left.length > 0; ) {
    const key = { "idempotency-key": randomUUID() };
    const asked = { ...body, recipients: left };
    const accepted = await eventually("the bulk to be answered", async () => {
      const answer = await customer.post("/api/messages/send-bulk", asked, key);
      return answer.status === 202 && (answer.body as unknown as Accepted);
    });
    expect(accepted.accepted + accepted.rejected.length).toBe(left.length);
    expect(accepted.rejected.filter(({ code }) => code !== "unavailable")).toEqual([]);
    left = accepted.rejected.flatMap(({ index }) => left[index] ?? []);
  }
}

/** Does something with each, some at once. */
async function inTurns<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const waiting = items.values();
  const turn = async () => {
    for (const item of waiting) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, turn));
}
