import { setTimeout as sleep } from "node:timers/promises";
import type { AwsCall } from "./aws-call.ts";
import { AwsError } from "./aws-error.ts";

/** What a fault does to a call: answers late, answers an error (its code, such as `ThrottlingException`), or both. */
export interface Fault {
  readonly delayMs?: number;
  readonly error?: string;
  /** The call is done all the same, and only its answer is lost: the error comes afterwards. */
  readonly afterwards?: boolean;
}

/** Who asked what, as far as faults and whoever looks on need to know. */
export interface SeenCall {
  readonly service: string;
  readonly action: string;
  readonly roleName?: string;
}

export type Intercept = (call: SeenCall) => Fault | undefined;

/** Told of every call that was done, in the order in which calls of one item took effect, with the body it came with. */
export type Observe = (call: SeenCall, body: Buffer) => void;

const serverFaults = new Set(["InternalServerError", "InternalFailure", "InternalError", "ServiceUnavailable"]);

/**
 * Does the work of a call as the intercept wants it: late, not at all, or without its answer. Throws the fault's error;
 * a delay ends early when the caller hangs up.
 */
export async function intercepted<T>(
  intercept: Intercept | undefined,
  call: AwsCall,
  work: () => Promise<T>,
): Promise<T> {
  const fault = intercept?.(seen(call));
  if (fault?.delayMs !== undefined) {
    await sleep(fault.delayMs, undefined, { signal: call.hangUp }).catch((error: unknown) => {
      if (!call.hangUp.aborted) throw error;
    });
  }
  if (call.hangUp.aborted) throw new AwsError("RequestAborted", "The caller hung up", { status: 400 });
  if (fault?.error === undefined) return work();
  if (fault.afterwards === true) await work();
  throw new AwsError(fault.error, "Injected fault", { status: serverFaults.has(fault.error) ? 500 : 400 });
}

export function seen(call: AwsCall): SeenCall {
  return {
    service: call.service,
    action: call.operation,
    ...(call.caller.kind === "role" ? { roleName: call.caller.roleName } : {}),
  };
}
