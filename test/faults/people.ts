import { eventually } from "../eventually.ts";
import type { FaultyProduct } from "./product.ts";

export interface LinkedSession {
  readonly id: string;
  readonly number: string;
  readonly linkedAtMs: number;
}

const linkedAtOnce = 3;
const linkWithinMs = 180_000;

/** Sessions, each linked to a phone of its own. */
export async function linkSessions(product: FaultyProduct, count: number): Promise<LinkedSession[]> {
  const linked: LinkedSession[] = [];
  const numbers = Array.from({ length: count }, (_, place) => `1555100${String(place).padStart(4, "0")}`);
  const next = numbers.values();
  const worker = async () => {
    for (const number of next) linked.push(await linkOne(product, number));
  };
  await Promise.all(Array.from({ length: linkedAtOnce }, worker));
  return linked.sort((a, b) => a.number.localeCompare(b.number));
}

async function linkOne({ customer, whatsapp }: FaultyProduct, number: string): Promise<LinkedSession> {
  await whatsapp.phone(number);
  const id = await eventually(
    "a session to be made",
    async () => {
      const { status, body } = await customer.post("/api/sessions", { name: number }, { "idempotency-key": number });
      return status === 201 && body.id;
    },
    linkWithinMs,
  );
  const scanned = new Set<string>();
  await eventually(
    "a session to be linked",
    async () => {
      const { qr, status } = await customer.session(id);
      if (status === "connected") return true;
      if (qr === null || scanned.has(qr.code)) return false;
      await whatsapp.scan(number, qr.code);
      scanned.add(qr.code);
      return false;
    },
    linkWithinMs,
  );
  return { id, number, linkedAtMs: Date.now() };
}

/** People whom the sessions talk with. */
export async function makePeople(product: FaultyProduct, count: number): Promise<string[]> {
  const numbers = Array.from({ length: count }, (_, place) => `1555200${String(place).padStart(4, "0")}`);
  for (const number of numbers) await product.whatsapp.phone(number);
  return numbers;
}
