import { randomBytes } from "node:crypto";
import { join } from "node:path";
import * as z from "zod";
import { AwsError } from "./aws-error.ts";
import { DurableJson } from "./durable-json.ts";

const KeyFile = z.strictObject({
  keys: z.record(z.string(), z.strictObject({ material: z.base64(), createdAt: z.string() })),
  aliases: z.record(z.string(), z.string()),
});

export interface MasterKey {
  readonly keyId: string;
  readonly material: Buffer;
  readonly createdAt: Date;
}

/** The master keys of the installation, in one file of mode 0600. */
export class KmsKeys {
  readonly #file: DurableJson<z.infer<typeof KeyFile>>;
  readonly #now: () => number;

  constructor(dataDir: string, now: () => number) {
    this.#file = new DurableJson(join(dataDir, "kms.json"), KeyFile, { keys: {}, aliases: {} });
    this.#now = now;
  }

  /** Makes the key if it is not there; its material never changes. */
  ensureKey(keyId: string): void {
    const { keys, aliases } = this.#file.value;
    if (Object.hasOwn(keys, keyId)) return;
    const key = { material: randomBytes(32).toString("base64"), createdAt: new Date(this.#now()).toISOString() };
    this.#file.save({ keys: { ...keys, [keyId]: key }, aliases });
  }

  /** Points an alias (`alias/name`) at a key. */
  ensureAlias(alias: string, keyId: string): void {
    const { keys, aliases } = this.#file.value;
    if (aliases[alias] === keyId) return;
    this.#file.save({ keys, aliases: { ...aliases, [alias]: keyId } });
  }

  /** The key under an id, an ARN, an alias or an alias's ARN. Throws NotFoundException. */
  find(idOrArnOrAlias: string): MasterKey {
    const name = idOrArnOrAlias.startsWith("arn:") ? idOrArnOrAlias.split(":").slice(5).join(":") : idOrArnOrAlias;
    const keyId = name.startsWith("alias/") ? this.#file.value.aliases[name] : name.replace(/^key\//, "");
    const key = keyId === undefined ? undefined : this.#file.value.keys[keyId];
    if (keyId === undefined || key === undefined) {
      throw new AwsError("NotFoundException", `Key '${idOrArnOrAlias}' does not exist`);
    }
    return { keyId, material: Buffer.from(key.material, "base64"), createdAt: new Date(key.createdAt) };
  }
}
