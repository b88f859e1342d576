import { setTimeout as sleep } from "node:timers/promises";
import type { AwsCall } from "./aws-call.ts";
import { AwsError } from "./aws-error.ts";

/** What a fault does to a call: answers late, answers an error (its code, such as `ThrottlingException`), or both. */
export interface Fault {
  readonly delayMs?: number;
  readonly error?: string;
}

export type Intercept = (call: {
  readonly service: string;
  readonly action: string;
  readonly roleName?: string;
}) => Fault | undefined;

const serverFaults = new Set(["InternalServerError", "InternalFailure", "InternalError", "ServiceUnavailable"]);

/** Does what the intercept says. Throws the fault's error; a delay ends early when the caller hangs up. */
export async function intercepted(intercept: Intercept | undefined, call: AwsCall): Promise<void> {
  const fault = intercept?.({
    service: call.service,
    action: call.operation,
    ...(call.caller.kind === "role" ? { roleName: call.caller.roleName } : {}),
  });
  if (fault?.delayMs !== undefined) {
    await sleep(fault.delayMs, undefined, { signal: call.hangUp }).catch((error: unknown) => {
      if (!call.hangUp.aborted) throw error;
    });
  }
  if (call.hangUp.aborted) throw new AwsError("RequestAborted", "The caller hung up", { status: 400 });
  if (fault?.error !== undefined) {
    throw new AwsError(fault.error, "Injected fault", { status: serverFaults.has(fault.error) ? 500 : 400 });
  }
}
