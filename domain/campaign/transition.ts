import { DomainError } from "../error.ts";
import type { CampaignStatus } from "./campaign.ts";

/** What is done to a campaign as a whole. */
export type CampaignAction = "start" | "pause" | "resume" | "cancel" | "complete";

/**
 *     draft ─────┬─start──▶ running ──complete──▶ completed
 *     scheduled ─┘           │   ▲                    ▲
 *        │              pause│   │resume              │
 *        │                   ▼   │                    │
 *        │                  paused ─────complete──────┘
 *        └──────cancel──────┴─────▶ cancelled   (from draft and running as well)
 *
 * A paused campaign is completed where the last message that was under way when it paused was its last of all.
 */
const transitions: Readonly<Record<CampaignAction, Partial<Record<CampaignStatus, CampaignStatus>>>> = {
  start: { draft: "running", scheduled: "running" },
  pause: { running: "paused" },
  resume: { paused: "running" },
  cancel: { draft: "cancelled", scheduled: "cancelled", running: "cancelled", paused: "cancelled" },
  complete: { running: "completed", paused: "completed" },
};

/** What is asked for makes no sense for a campaign that stands where it does. */
export class InvalidTransition extends DomainError {
  override readonly name = "InvalidTransition";
  constructor(message: string) {
    super("invalid_transition", message);
  }
}

/** The status an action leads to. Throws InvalidTransition where it makes no sense. */
export function statusAfter(status: CampaignStatus, action: CampaignAction): CampaignStatus {
  const next = transitions[action][status];
  if (next === undefined) throw new InvalidTransition(`A campaign that is ${status} cannot ${action}.`);
  return next;
}
