import { createHmac, randomBytes } from "node:crypto";
import { join } from "node:path";
import * as z from "zod";
import { DurableJson } from "./durable-json.ts";

/** The secret access keys of one installation. */
export interface Credentials {
  /** The secret access key (40 characters, as AWS's) that belongs to an access key id; the same at every start. */
  secretOf(accessKeyId: string): string;
}

const KeyFile = z.strictObject({ key: z.base64().length(44).nullable() });

/**
 * Every secret is an HMAC of its access key id under one random key, kept in `dataDir` with mode 0600: nobody who
 * cannot read the data folder can sign as somebody else, and nothing needs to be stored per principal.
 */
export function openCredentials(dataDir: string): Credentials {
  const file = new DurableJson(join(dataDir, "credentials.json"), KeyFile, { key: null });
  const encoded = file.value.key ?? randomBytes(32).toString("base64");
  if (file.value.key === null) file.save({ key: encoded });
  const key = Buffer.from(encoded, "base64");
  return {
    secretOf: accessKeyId => createHmac("sha256", key).update(accessKeyId).digest("base64url").slice(0, 40),
  };
}
