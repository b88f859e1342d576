import type { oas31 } from "zod-openapi";
import { versionHeader } from "../edge/version.ts";

const whole = (description: string) =>
  ({ description, required: true, schema: { type: "integer", minimum: 0 } }) as const;

/** Every header an answer may have that customers may rely on, by its name. */
export const answerHeaders = {
  [versionHeader]: { description: "The version of the API that answered.", required: true, schema: { type: "string" } },
  "X-Request-Id": { description: "Names this request in our logs.", required: true, schema: { type: "string" } },
  "X-RateLimit-Limit": whole(
    "Requests a UTC clock minute, all keys of the tenant together; 0 where no tenant is known.",
  ),
  "X-RateLimit-Remaining": whole("How many of them are left."),
  "X-RateLimit-Reset": whole("When the next minute begins, in Unix seconds."),
  "Retry-After": whole("Seconds to wait before asking again."),
  "Idempotent-Replayed": {
    description: "`true` on the first answer given again under its Idempotency-Key.",
    schema: { type: "string", const: "true" },
  },
  "WWW-Authenticate": { description: "`Bearer`", required: true, schema: { type: "string" } },
  Location: { description: "Where it is.", required: true, schema: { type: "string", format: "uri-reference" } },
} as const satisfies oas31.HeadersObject;

type AnswerHeader = keyof typeof answerHeaders;

/** What every answer carries, errors and unknown routes included. */
const onEvery: readonly AnswerHeader[] = [
  versionHeader,
  "X-Request-Id",
  "X-RateLimit-Limit",
  "X-RateLimit-Remaining",
  "X-RateLimit-Reset",
];

/** The headers of an answer: those on every one, and more. */
export function headersWith(...more: readonly AnswerHeader[]): oas31.HeadersObject {
  return Object.fromEntries([...onEvery, ...more].map(name => [name, { $ref: `#/components/headers/${name}` }]));
}
