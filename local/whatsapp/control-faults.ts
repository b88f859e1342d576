import type { ControlContext } from "./control-context.ts";
import type { Answer, Call, Route } from "./control-route.ts";
import { NewFault } from "./control-schemas.ts";
import type { Disconnect } from "./faults.ts";
import { Problem, parseOr400 } from "./problem.ts";

type FaultContext = Pick<ControlContext, "world" | "disconnects" | "pairing">;

export function faultRoutes(context: FaultContext): Route[] {
  return [
    { method: "POST", path: "/faults", answer: call => addFault(context, call) },
    {
      method: "DELETE",
      path: "/faults",
      answer: () => {
        context.world.faults.clear();
        return { status: 204 };
      },
    },
  ];
}

function addFault(context: FaultContext, { body }: Call): Answer {
  const fault = parseOr400(NewFault, body);
  if (fault.number !== undefined && !context.world.phones.find(fault.number)) {
    throw new Problem(404, "phone_not_found", "There is no phone with this number.");
  }
  return { status: 201, body: { id: begin(context, fault), ...fault } };
}

function begin(context: FaultContext, fault: NewFault): string {
  const { faults } = context.world;
  switch (fault.kind) {
    case "stream_error":
    case "stream_refusal":
    case "conflict":
    case "failure":
    case "drop":
      return disconnect(context, fault, fault);
    case "companion_reg_refresh":
      if (fault.when === "now") return context.pairing.refreshRegistrations();
      return faults.armSpoiler(fault, fault.number, fault.count ?? 1);
    case "nack":
    case "corrupt":
    case "passkey":
      return faults.armSpoiler(fault, fault.number, fault.count ?? 1);
    case "silence":
    case "refuse":
    case "media":
    case "no_lid":
    case "recipient_addresses":
    case "late_devices":
    case "offline_stall":
    case "certificate":
      return faults.begin(fault, fault.number, fault.ms);
    case "delay":
      return faults.begin(fault, fault.number, undefined);
    case "stale_groups":
      return faults.staleGroups.add(fault.number);
    case "new_lid":
      context.world.phones.renewLid(fault.number);
      return fault.number;
    case "time_lock":
      return faults.timeLocks.begin(fault);
    case "no_keys":
      return faults.withoutKeys.add(fault);
    default:
      return fault satisfies never;
  }
}

/**
 * Connections that are there are ended now. Where none is, the next login is, so that a client that is just between two
 * connections does not escape; `count` ends that many logins after that.
 */
function disconnect(
  { world, disconnects }: FaultContext,
  what: Disconnect,
  { number, count }: { readonly number?: string | undefined; readonly count?: number | undefined },
): string {
  const ended = disconnects.applyToAll(what, number);
  return world.faults.armDisconnect(what, number, count ?? (ended > 0 ? 0 : 1));
}
