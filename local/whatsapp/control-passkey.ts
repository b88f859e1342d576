import * as z from "zod";
import type { ControlContext } from "./control-context.ts";
import type { Answer, Call, Route } from "./control-route.ts";
import { PasskeySettings } from "./passkey-linking.ts";
import type { Phone } from "./phones.ts";
import { Problem, parseOr400 } from "./problem.ts";

const Sign = z.strictObject({
  options: z.looseObject({ challenge: z.string().min(1) }),
  /** What a test has wrong with the credential. */
  origin: z.string().optional(),
  flags: z.number().int().min(0).max(255).optional(),
});

/** The passkey of a phone's account: whether links ask for it, its owner's authenticator, and how the last link went. */
export function passkeyRoutes({ pairing }: ControlContext, phoneOf: (call: Call) => Phone): Route[] {
  const path = "/phones/:number/passkey";
  const { passkeys } = pairing;
  const state = (number: string): Answer => {
    const record = passkeys.recordOf(number);
    if (record === undefined)
      throw new Problem(404, "no_passkey_asked", "No link of this phone has asked for a passkey.");
    return { status: 200, body: record };
  };
  return [
    { method: "GET", path, answer: call => state(phoneOf(call).number) },
    {
      method: "PUT",
      path,
      answer: call => {
        passkeys.require(phoneOf(call).number, parseOr400(PasskeySettings, call.body ?? {}));
        return { status: 204 };
      },
    },
    {
      method: "DELETE",
      path,
      answer: call => {
        passkeys.require(phoneOf(call).number, undefined);
        return { status: 204 };
      },
    },
    {
      method: "POST",
      path: `${path}/sign`,
      answer: call => {
        const { options, ...how } = parseOr400(Sign, call.body);
        return { status: 200, body: passkeys.authenticators.sign(phoneOf(call).number, options.challenge, how) };
      },
    },
  ];
}
