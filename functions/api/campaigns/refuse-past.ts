import { ValidationFailed } from "../../../domain/error.ts";

/** Throws where a campaign is to start by itself at a time that has passed. */
export function refusePast(scheduledAt: string | null | undefined, nowMs: number): void {
  if (scheduledAt == null || Date.parse(scheduledAt) > nowMs) return;
  throw new ValidationFailed([{ path: "body.scheduledAt", message: "must be in the future" }]);
}
