import { type Jid, Recipient } from "../../../domain/jid.ts";
import { missingVariables, rendered } from "../../../domain/template/placeholder.ts";
import type { Rejection, SendBulk } from "./bulk-body.ts";

/** One message of a bulk that can be accepted. */
export interface Addressed {
  readonly index: number;
  /** As the customer wrote it. */
  readonly given: string;
  readonly to: Jid;
  readonly text: string;
}

/** How long what is said must and may be: a file's caption may be empty. */
export interface Lengths {
  readonly min: number;
  readonly max: number;
}

/** Each recipient's message, or why there is none; `body` is the text or caption with its `{{variables}}`. */
export function addressed(
  { recipients, template }: Pick<SendBulk, "recipients" | "template">,
  body: string,
  lengths: Lengths,
): { messages: Addressed[]; rejected: Rejection[] } {
  const messages: Addressed[] = [];
  const rejected: Rejection[] = [];
  for (const [index, { to: given, variables }] of recipients.entries()) {
    const reject = (code: Rejection["code"], message: string) => rejected.push({ index, to: given, code, message });
    const to = Recipient.safeParse(given);
    const values = { ...template?.variables, ...variables };
    const missing = missingVariables(body, values);
    if (!to.success) reject("invalid_recipient", "must be a JID or a phone number of 7 to 15 digits");
    else if (missing.length > 0) reject("missing_variable", `has no ${missing.join(", ")}`);
    else {
      const text = rendered(body, values);
      if (text.length < lengths.min) reject("invalid_text", "the variables leave nothing to send");
      else if (text.length > lengths.max) reject("invalid_text", `the text is over ${lengths.max} characters`);
      else messages.push({ index, given, to: to.data, text });
    }
  }
  return { messages, rejected };
}
