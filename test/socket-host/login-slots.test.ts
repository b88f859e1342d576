import { describe, expect, it } from "vitest";
import { LoginSlots } from "../../socket-host/login-slots.ts";

const never = new AbortController().signal;
const inTurn = { urgent: false, signal: never };

/** Lets everything that can go on go on. */
const settled = () => new Promise(resolve => setImmediate(resolve));

describe("logins at a time", () => {
  it("are bounded, and wait in the order of asking", async () => {
    const slots = new LoginSlots(2);
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

  it("do not keep one that is urgent waiting", async () => {
    const slots = new LoginSlots(1);
    await slots.take(inTurn);
    await slots.take({ urgent: true, signal: never });
  });

  it("pass over one that gave up waiting", async () => {
    const slots = new LoginSlots(1);
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
