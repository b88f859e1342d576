import { describe, expect, it } from "vitest";
import { openLog } from "../../domain/log.ts";
import { healthOf } from "../../socket-host/health.ts";
import { Loop } from "../../socket-host/loop.ts";

const log = openLog({ name: "test", write: () => {} });

function sourcesAt(times: { renewedMs: number; turnMs: number }) {
  let nowMs = 0;
  const loop = new Loop({ name: "look", everyMs: 2_000, log, monotonic: () => nowMs, turn: async () => {} });
  nowMs = times.turnMs;
  const whatsAppVersion = { claimed: "2.3000.1", old: false };
  const report = () => ({ shards: 2, sessions: { connected: 3 }, whatsAppVersion });
  return { hostId: "h", loops: [loop], sinceRenewalMs: () => times.renewedMs, report };
}

describe("the health of a host", () => {
  it("is good while it renews and its loops come round", () => {
    expect(healthOf(sourcesAt({ renewedMs: 29_000, turnMs: 29_000 }))).toEqual({
      healthy: true,
      body: {
        hostId: "h",
        shards: 2,
        sessions: { connected: 3 },
        whatsAppVersion: { claimed: "2.3000.1", old: false },
      },
    });
  });

  it("is bad when renewals fail for long, or a loop is stuck, and says which", () => {
    expect(healthOf(sourcesAt({ renewedMs: 31_000, turnMs: 0 })).body).toMatchObject({ stalled: ["renewal"] });
    const stuck = healthOf(sourcesAt({ renewedMs: 0, turnMs: 31_000 }));
    expect(stuck.healthy).toBe(false);
    expect(stuck.body).toMatchObject({ stalled: ["look"] });
  });
});
