import { describe, expect, it } from "vitest";
import { Campaigner } from "./campaigner.ts";
import { Customer } from "./customer.ts";
import { startProduct, temporaryData } from "./product.ts";
import { Simulator } from "./simulator.ts";

/** Two thousand people (CAMPAIGN_PEOPLE=2000) take longer than all other journeys together. */
const people = Number(process.env.CAMPAIGN_PEOPLE ?? 100);
const owner = "15550003100";
const numberOf = (place: number) => `1555${String(3_200_000 + place)}`;

const places = Array.from({ length: people }, (_, place) => place);
/** Asks for each, some at a time. */
async function inTurns<T>(count: number, work: (place: number) => Promise<T>): Promise<T[]> {
  const done: T[] = [];
  for (let start = 0; start < people; start += count) {
    done.push(...(await Promise.all(places.slice(start, start + count).map(work))));
  }
  return done;
}

describe("a campaign of hundreds, or thousands", () => {
  it("whose whole installation is killed in the middle goes on where it was, and each phone has it exactly once", async () => {
    await using data = await temporaryData();
    await using product = await startProduct(data.path, "--fresh");
    const customer = new Customer(product.ready.api, product.ready.apiKey);
    const campaigns = await Campaigner.linked(customer, new Simulator(product.ready.simulator), owner);
    await inTurns(50, place =>
      new Simulator(product.ready.simulator).call("POST", "/phones", { number: numberOf(place) }),
    );
    const recipients = places.map(place => ({ to: numberOf(place), variables: { name: `No ${place}` } }));
    const id = await campaigns.start({ text: "Hello {{name}}", audience: { recipients } });
    const half = people / 2;
    const isHalf = (stats: { pending: number; total: number }) => stats.total === people && stats.pending <= half;
    await campaigns.that("half of it to be sent", id, ({ stats }) => isHalf(stats), 1_200_000);
    await product.kill();

    await using again = await startProduct(data.path);
    const whatsapp = new Simulator(again.ready.simulator);
    const later = new Campaigner(new Customer(again.ready.api, again.ready.apiKey), campaigns.sessionId);
    const over = await later.that("it to be completed", id, ({ status }) => status === "completed", 1_200_000);
    expect(over.stats).toMatchObject({ total: people, pending: 0, queued: 0, failed: 0, skipped: 0 });
    const received = await inTurns(50, async place => {
      await whatsapp.receivedText(numberOf(place), `Hello No ${place}`);
      return whatsapp.received(numberOf(place));
    });
    expect(received.map(messages => messages.map(({ text }) => text))).toEqual(
      places.map(place => [`Hello No ${place}`]),
    );
    // The one that was on its way when everything was killed may be sent again, under its id: a phone shows it once.
    const twice = received.flat().filter(({ copies }) => copies > 1);
    expect(twice.length).toBeLessThanOrEqual(1);
  }, 2_400_000);
});
