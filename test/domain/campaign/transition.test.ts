import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CampaignStatus } from "../../../domain/campaign/campaign.ts";
import {
  type RecipientStatus,
  recipientMessageId,
  recipientStatusesBefore,
  recipientWaMessageId,
} from "../../../domain/campaign/recipient.ts";
import { type CampaignAction, statusAfter } from "../../../domain/campaign/transition.ts";
import { newId } from "../../../domain/id.ts";

const statuses: CampaignStatus[] = ["draft", "scheduled", "running", "paused", "completed", "cancelled"];
const actions: CampaignAction[] = ["start", "pause", "resume", "cancel", "complete"];

describe("a campaign's status", () => {
  it.each<[CampaignAction, CampaignStatus[], CampaignStatus]>([
    ["start", ["draft", "scheduled"], "running"],
    ["pause", ["running"], "paused"],
    ["resume", ["paused"], "running"],
    ["cancel", ["draft", "scheduled", "running", "paused"], "cancelled"],
    ["complete", ["running", "paused"], "completed"],
  ])("changes by %s from %j to %s and from nothing else", (action, from, to) => {
    for (const status of statuses) {
      if (from.includes(status)) expect(statusAfter(status, action)).toBe(to);
      else expect(() => statusAfter(status, action)).toThrow(expect.objectContaining({ code: "invalid_transition" }));
    }
  });

  it("never goes on once it is completed or cancelled, whatever is asked in whatever order", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...actions)), asked => {
        let status: CampaignStatus = "draft";
        let isOver = false;
        for (const action of asked) {
          try {
            status = statusAfter(status, action);
            expect(isOver).toBe(false);
          } catch (error) {
            expect(error).toMatchObject({ code: "invalid_transition" });
          }
          isOver = status === "completed" || status === "cancelled";
        }
      }),
    );
  });
});

describe("a recipient's status", () => {
  const all: RecipientStatus[] = ["pending", "queued", "sent", "delivered", "read", "failed", "skipped"];

  it("moves only forward, so that every way ends", () => {
    const leadsTo = (status: RecipientStatus) => all.filter(next => recipientStatusesBefore(next).includes(status));
    const stepsFrom = (status: RecipientStatus): number =>
      Math.max(0, ...leadsTo(status).map(next => 1 + stepsFrom(next)));
    expect(stepsFrom("pending")).toBe(4);
    expect(["read", "failed", "skipped"].flatMap(status => leadsTo(status as RecipientStatus))).toEqual([]);
    expect(leadsTo("sent")).toEqual(["delivered", "read"]);
  });
});

describe("a recipient's message", () => {
  const campaign = { tenantId: newId("ten", 0), id: newId("cmp", 0) };

  it("has the same WhatsApp id whenever it is accepted, and no other recipient's", () => {
    const ids = Array.from({ length: 1_000 }, (_, position) => recipientWaMessageId(campaign, position));
    expect(new Set(ids).size).toBe(1_000);
    expect(ids.every(id => /^3EB0[0-9A-F]{18}$/.test(id))).toBe(true);
    expect(recipientWaMessageId(campaign, 7)).toBe(ids[7]);
    expect(recipientWaMessageId({ ...campaign, id: newId("cmp", 0) }, 7)).not.toBe(ids[7]);
  });

  it("has an id that sorts by when it was accepted", () => {
    const [early, late] = [recipientMessageId(campaign, 9, 1_000), recipientMessageId(campaign, 1, 2_000)];
    expect(early < late).toBe(true);
    expect(recipientMessageId(campaign, 9, 1_000)).toBe(early);
  });
});
