import { randomBytes } from "node:crypto";
import type { IqHandlers } from "./iq-router.ts";
import type { PostOffice } from "./post-office.ts";
import { attribute, SERVER_JID, type Stanza, stanza, unixSeconds } from "./stanza.ts";
import type { TimeLock } from "./time-locks.ts";
import type { World } from "./world.ts";

/** The ids of the queries, and the names of their answers (read: Baileys 7.0.0-rc14, Types/Mex.js). */
const TIME_LOCK_QUERY = "23983697327930364";
const NOT_FOUND = { error: { code: "404", text: "item-not-found" } } as const;

/** What a client asks by GraphQL (`xmlns=w:mex`): how its account stands. */
export function mexQueries({ faults }: World): IqHandlers {
  return {
    "w:mex get query": ({ phone }, { query }) => {
      if (attribute(query, "query_id") !== TIME_LOCK_QUERY) return NOT_FOUND;
      const answer = timeLockFields(faults.timeLocks.untilMs(phone.number));
      return { content: [json("result", { data: { xwa2_fetch_account_reachout_timelock: answer } })] };
    },
  };
}

/** Tells an account's devices that it is locked, or is so no more. */
export function pushTimeLock(world: World, postOffice: PostOffice, { number, untilMs, isTold }: TimeLock): void {
  if (!isTold) return;
  const data = { xwa2_notify_account_reachout_timelock: timeLockFields(untilMs) };
  const t = unixSeconds(world.now());
  const id = randomBytes(8).toString("hex");
  const update = json("update", { data }, { op_name: "NotificationUserReachoutTimelockUpdate" });
  const notification = stanza("notification", { from: SERVER_JID, type: "mex", id, t }, [update]);
  postOffice.post(world.devices.of(number).map(({ device }) => ({ to: { number, device }, stanza: notification })));
}

function timeLockFields(untilMs: number | null) {
  if (untilMs === null) return { is_active: false };
  return { is_active: true, time_enforcement_ends: unixSeconds(untilMs), enforcement_type: "DEFAULT" };
}

function json(tag: string, value: unknown, attributes: Record<string, string> = {}): Stanza {
  return stanza(tag, attributes, Buffer.from(JSON.stringify(value)));
}
