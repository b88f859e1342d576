import { ValidationFailed } from "../../../domain/error.ts";
import { Metadata } from "../../../domain/metadata.ts";

/** Merges a patch into metadata key by key; null takes a key out. Together they must still fit. */
export function mergedMetadata(before: Metadata, patch: Metadata): Metadata {
  const merged = Object.entries({ ...before, ...patch }).filter(([key]) => patch[key] !== null);
  const read = Metadata.safeParse(Object.fromEntries(merged));
  if (read.success) return read.data;
  throw new ValidationFailed(read.error.issues.map(({ message }) => ({ path: "body.metadata", message })));
}
