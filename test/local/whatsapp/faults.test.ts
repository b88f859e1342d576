import { describe, expect, it } from "vitest";
import { Faults } from "../../../local/whatsapp/faults.ts";

const ALICE = "15550000001";
const PETER = "15551112222";

describe("Faults", () => {
  it("uses a counted fault up, for the phone that it is about", () => {
    const faults = new Faults();
    faults.armSpoiler({ kind: "nack", code: "463" }, ALICE, 2);
    expect(faults.takeNack(PETER)).toBeUndefined();
    expect([faults.takeNack(ALICE), faults.takeNack(ALICE), faults.takeNack(ALICE)]).toEqual(["463", "463", undefined]);
  });

  it("means everybody where no phone is named", () => {
    const faults = new Faults();
    faults.armSpoiler({ kind: "corrupt" }, undefined, 1);
    faults.armDisconnect({ kind: "drop" }, undefined, 1);
    expect([faults.takeCorruption(PETER), faults.takeCorruption(PETER)]).toEqual([true, false]);
    expect([faults.takeDisconnect(ALICE), faults.takeDisconnect(ALICE)]).toEqual([{ kind: "drop" }, undefined]);
  });

  it("arms no login where none is to be ended", () => {
    const faults = new Faults();
    faults.armDisconnect({ kind: "drop" }, ALICE, 0);
    expect(faults.takeDisconnect(ALICE)).toBeUndefined();
  });

  it("ends a condition after its time and tells whoever waits for that", async () => {
    const faults = new Faults();
    const lifted = new Promise<void>(resolve => {
      faults.onLifted = resolve;
    });
    faults.begin({ kind: "silence" }, ALICE, 20);
    expect([faults.isSilent(ALICE), faults.isSilent(PETER), faults.isSilent(undefined)]).toEqual([true, false, false]);
    await lifted;
    expect(faults.isSilent(ALICE)).toBe(false);
  });

  it("keeps conditions apart and clears them all at once", () => {
    const faults = new Faults();
    faults.begin({ kind: "delay", ms: 70 }, undefined, undefined);
    faults.begin({ kind: "refuse" }, undefined, 60_000);
    expect(faults.answerDelayMs(ALICE)).toBe(70);
    expect(faults.refusesConnections(undefined)).toBe(true);
    expect(faults.isSilent(undefined)).toBe(false);
    faults.clear();
    expect([faults.answerDelayMs(ALICE), faults.refusesConnections(ALICE)]).toEqual([0, false]);
  });
});
