import type { PasskeyShown } from "../domain/session/sealed-passkey.ts";
import type { StatusWords } from "./session-ledger.ts";
import type { PasskeyStep } from "./whatsapp-port.ts";

/** What a step shows the customer; null where it shows nothing. */
export function passkeyShownBy(step: PasskeyStep): PasskeyShown | null {
  switch (step.state) {
    case "challenge":
      return { options: step.options, code: null };
    case "confirmation":
      return { options: null, code: step.code };
    case "checking":
    case "finishing":
      return null;
    default:
      return step satisfies never;
  }
}

/** The status that a step gives the session, and what is said of it; `finishing` leaves the status as it is. */
export function passkeyWords(step: PasskeyStep): Pick<StatusWords, "status" | "also"> {
  if (step.state === "finishing") return {};
  if (step.state === "confirmation") return { status: "passkey_confirmation" };
  return { status: "passkey_required", also: step.state === "challenge" ? ["session.passkey_required"] : [] };
}
