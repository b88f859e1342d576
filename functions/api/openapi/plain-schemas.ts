import * as z from "zod";
import type { ZodOpenApiOverrideContext } from "zod-openapi";
import { type Id, type IdPrefix, idPrefixes } from "../../../domain/id.ts";

/** Any id of a kind, for examples. */
export function exampleId<P extends IdPrefix>(prefix: P): Id<P> {
  return `${prefix}_01JD3Z8QK6W7P9V2M4N5X0T1RB`;
}

type Rendered = ZodOpenApiOverrideContext["jsonSchema"];

/** Writes schemas down as a reader would: zod is too brief about some, and too exact about others. */
export function plainSchemas({ jsonSchema, zodSchema, io }: ZodOpenApiOverrideContext): void {
  const examples = z.globalRegistry.get(zodSchema)?.examples;
  // Examples of requests are requests; zod holds those of a schema that transforms for what comes out of it.
  if (io === "input" && examples !== undefined) jsonSchema.examples = [...examples];
  exactId(jsonSchema);
  // The pattern that zod checks dates by says less to people than the format's name.
  if (jsonSchema.format === "date-time") delete jsonSchema.pattern;
  withoutSafeBounds(jsonSchema);
  withoutNever(jsonSchema);
}

/** Ids are a prefix and 26 characters of Crockford base 32. zod sees the prefix alone: the rest is a refinement. */
function exactId(schema: Rendered): void {
  const prefix = idPrefixes.find(known => schema.pattern?.startsWith(`^(${known})(_)`));
  if (prefix === undefined) return;
  schema.pattern = `^${prefix}_[0-9A-HJKMNP-TV-Z]{26}$`;
  schema.examples ??= [exampleId(prefix)];
}

/** Every whole number of JSON is a safe one here; saying so on each of them hides the bounds that mean something. */
function withoutSafeBounds(schema: Rendered): void {
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
}

/** A field that nobody may send is no field. */
function withoutNever({ properties = {} }: Rendered): void {
  for (const [name, field] of Object.entries(properties)) {
    if (typeof field === "object" && "not" in field) delete properties[name];
  }
}
