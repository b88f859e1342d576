import * as z from "zod";

/** A version of WhatsApp Web, as a client claims it: `[2, 3000, revision]`. */
export type WhatsAppVersion = readonly [number, number, number];

const Part = z.int().min(0);
const Version = z.union([
  z.literal("default").transform(() => undefined),
  z
    .string()
    .transform((text, context) => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: "custom", message: "is neither `default` nor JSON" });
        return z.NEVER;
      }
    })
    .pipe(z.tuple([Part, Part, Part])),
]);

/** Reads what the parameter says: `[2,3000,1234567890]`, or `default` for the engine's own (undefined). Throws on anything else. */
export function parseVersion(text: string): WhatsAppVersion | undefined {
  return Version.parse(text.trim());
}

/** The later of two versions; undefined stands for one that is not known. */
export function laterVersion(
  one: WhatsAppVersion | undefined,
  other: WhatsAppVersion | undefined,
): WhatsAppVersion | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  const differs = one.findIndex((part, place) => part !== other[place]);
  return (one[differs] ?? 0) >= (other[differs] ?? 0) ? one : other;
}
