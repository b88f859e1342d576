import * as z from "zod";
import type { JsonObject } from "../aws-call.ts";
import type { Authorization } from "./authorization.ts";

const Input = z.object({ EncryptionContext: z.record(z.string(), z.string()).optional() });

/** What a KMS call needs. `keyArn` is the ARN of the key itself: policies never match an alias. */
export function kmsAuthorizations(operation: string, input: JsonObject, keyArn: string): readonly Authorization[] {
  const context = new Map<string, readonly string[]>();
  const encryptionContext = Input.parse(input).EncryptionContext ?? {};
  for (const [name, value] of Object.entries(encryptionContext)) {
    context.set(`kms:encryptioncontext:${name.toLowerCase()}`, [value]);
  }
  if (Object.keys(encryptionContext).length > 0) {
    context.set("kms:encryptioncontextkeys", Object.keys(encryptionContext));
  }
  // The permission is named after the operation: GenerateDataKeyWithoutPlaintext has its own.
  return [{ action: `kms:${operation}`, resource: keyArn, context }];
}
