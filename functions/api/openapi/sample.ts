import * as z from "zod";

/** The part of JSON Schema that makes a value; a schema may also be just true. */
const Schema = z.object({
  $ref: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  format: z.string().optional(),
  examples: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  default: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  minimum: z.number().optional(),
  get anyOf() {
    return z.array(Schema).optional();
  },
  get oneOf() {
    return z.array(Schema).optional();
  },
  get items() {
    return Schema.optional();
  },
  get properties() {
    return z.record(z.string(), Schema).optional();
  },
});
type Schema = z.infer<typeof Schema>;

/** Resolves `#/components/schemas/NAME`. */
export type SchemaNamed = (reference: string) => unknown;

/** A value that fits a schema: its own example where it has one, else one made up from its parts. */
export function sampleOf(given: unknown, named: SchemaNamed): unknown {
  const schema = Schema.parse(given);
  const { examples = [], enum: [choice] = [] } = schema;
  if (examples.length > 0) return examples[0];
  if (schema.$ref !== undefined) return sampleOf(named(schema.$ref), named);
  if (schema.const !== undefined) return schema.const;
  if (schema.default !== undefined) return schema.default;
  if (choice !== undefined) return choice;
  const [alternative] = [...(schema.oneOf ?? []), ...(schema.anyOf ?? [])].filter(({ type }) => type !== "null");
  if (alternative !== undefined) return sampleOf(alternative, named);
  return plainSample(schema, named);
}

function plainSample(schema: Schema, named: SchemaNamed): unknown {
  const { type, items, properties = {} } = schema;
  switch (Array.isArray(type) ? type[0] : type) {
    case "string":
      return textOf(schema.format);
    case "integer":
    case "number":
      return schema.minimum ?? 1;
    case "boolean":
      return true;
    case "array":
      return items === undefined ? [] : [sampleOf(items, named)];
    case "object":
      return Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, sampleOf(field, named)]));
    default:
      return null;
  }
}

function textOf(format: string | undefined): string {
  if (format === "date-time") return "2026-11-22T08:00:00.000Z";
  return format === "uri" ? "https://example.com/" : "text";
}
