import { describe, expect, it } from "vitest";
import { Slots } from "../../socket-host/slots.ts";

const never = new AbortController().signal;
const inTurn = { urgent: false, signal: never };

/** Lets everything that can go on go on. */
const settled = () => new Promise(resolve => setImmediate(resolve));

describe("what happens a few at a time", () => {
  it("is bounded, and waits in the order of asking", async () => {
    const slots = new Slots(() => 2);
    const order: number[] = [];
    const give: (() => void)[] = [];
    for (let place = 0; place < 5; place++) {
      void slots.take(inTurn).then(giveBack => {
        order.push(place);
        give.push(giveBack);
      });
    }
    await settled();
    expect(order).toEqual([0, 1]);
    give[0]?.();
    give[0]?.();
    await settled();
    expect(order).toEqual([0, 1, 2]);
    give[1]?.();
    give[2]?.();
    await settled();
    expect(order).toEqual([0, 1, 2, 3, 4]);
  });

  it("lets more go as soon as more may", async () => {
    let max = 1;
    const slots = new Slots(() => max);
    const giveBack = await slots.take(inTurn);
    let taken = 0;
    for (let place = 0; place < 5; place++) void slots.take(inTurn).then(() => taken++);
    await settled();
    expect(taken).toBe(0);
    max = 3;
    giveBack();
    await settled();
    expect(taken).toBe(3);
  });

  it("does not wait where it is urgent", async () => {
    const slots = new Slots(() => 1);
    await slots.take(inTurn);
    await slots.take({ urgent: true, signal: never });
  });

  it("passes over one that gave up waiting", async () => {
    const slots = new Slots(() => 1);
    const giveBack = await slots.take(inTurn);
    const tired = new AbortController();
    const gaveUp = slots.take({ urgent: false, signal: tired.signal });
    const next = slots.take(inTurn);
    tired.abort();
    (await gaveUp)();
    giveBack();
    (await next)();
    await slots.take(inTurn);
  });
});
