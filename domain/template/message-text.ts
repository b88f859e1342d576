import * as z from "zod";
import { ValidationFailed } from "../error.ts";
import { textLengthMax } from "../message/text.ts";
import { missingVariables, rendered } from "./placeholder.ts";

const valuesMax = 200;

/** Values for variables, by name. More than a text needs may be given. */
export const TemplateVariables = z
  .record(z.string().min(1).max(64), z.union([z.string().max(4_096), z.number().transform(String)]))
  .refine(values => Object.keys(values).length <= valuesMax, { error: `must be at most ${valuesMax}` })
  .meta({ description: "A value for each variable of the template.", examples: [{ name: "Ana", order: "A-1001" }] });
export type TemplateVariables = z.infer<typeof TemplateVariables>;

/**
 * The text that a body makes with these values. Throws ValidationFailed, naming each variable that has none below
 * `path`, and where what comes out is no text to send.
 */
export function messageText(
  body: string,
  variables: TemplateVariables,
  path: string,
  lengthMax = textLengthMax,
): string {
  const missing = missingVariables(body, variables);
  if (missing.length > 0) {
    throw new ValidationFailed(
      missing.map(name => ({ path: `${path}.${name}`, message: "is required by the template" })),
    );
  }
  const text = rendered(body, variables);
  if (text.length === 0) throw new ValidationFailed([{ path, message: "leave nothing to send" }]);
  if (text.length > lengthMax) {
    throw new ValidationFailed([{ path, message: `make a text of more than ${lengthMax} characters` }]);
  }
  return text;
}
