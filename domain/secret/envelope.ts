import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { DecryptCommand, GenerateDataKeyCommand, KMSClient } from "@aws-sdk/client-kms";

/** What a sealed text is bound to; opening it with any other context fails. Never secret, never a person's data. */
export type EncryptionContext = Readonly<Record<string, string>>;

/** A data key in both forms: the plain one lives in memory alone, the wrapped one is stored beside what it sealed. */
interface DataKey {
  readonly plain: Uint8Array;
  readonly wrapped: Uint8Array;
}

export interface DataKeys {
  generate(context: EncryptionContext): Promise<DataKey>;
  /** The plain key of a wrapped one; fails where the context is not the one it was generated with. */
  unwrap(wrapped: Uint8Array, context: EncryptionContext): Promise<Uint8Array>;
}

/** AES-256 data keys from AWS KMS, which wraps them under the installation's key. */
export function kmsDataKeys(keyArn: string): DataKeys {
  const kms = new KMSClient({ maxAttempts: 4, requestHandler: { connectionTimeout: 1_000, socketTimeout: 3_000 } });
  return {
    async generate(context) {
      const made = await kms.send(
        new GenerateDataKeyCommand({ KeyId: keyArn, KeySpec: "AES_256", EncryptionContext: { ...context } }),
      );
      if (!made.Plaintext || !made.CiphertextBlob) throw new Error("KMS answered without a data key");
      return { plain: made.Plaintext, wrapped: made.CiphertextBlob };
    },
    async unwrap(wrapped, context) {
      const opened = await kms.send(
        new DecryptCommand({ KeyId: keyArn, CiphertextBlob: wrapped, EncryptionContext: { ...context } }),
      );
      if (!opened.Plaintext) throw new Error("KMS answered without a plaintext");
      return opened.Plaintext;
    },
  };
}

const ivBytes = 12;
const tagBytes = 16;

/** AES-256-GCM: 12 bytes of IV, the ciphertext, 16 bytes of tag; `aad` binds it to what it is stored under. */
export function seal(key: Uint8Array, plain: Uint8Array, aad: string): Uint8Array {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv("aes-256-gcm", key, iv);
  cipher.setAAD(Buffer.from(aad));
  return Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** Undoes `seal`; throws where the key, the bytes or the `aad` differ. */
export function open(key: Uint8Array, sealed: Uint8Array, aad: string): Uint8Array {
  const body = sealed.subarray(ivBytes, sealed.length - tagBytes);
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, ivBytes));
  decipher.setAAD(Buffer.from(aad));
  decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
  return Buffer.concat([decipher.update(body), decipher.final()]);
}

/** Seals small secrets, each blob carrying its own wrapped data key, so that any process with the grant can open it. */
export interface SecretBox {
  seal(plain: string, context: EncryptionContext): Promise<Uint8Array>;
  open(sealed: Uint8Array, context: EncryptionContext): Promise<string>;
}

const dataKeyUsesMax = 1_000;
const unwrappedKeptMax = 500;

/** A box that reuses a data key up to 1,000 times a context and remembers 500 unwrapped ones, since KMS is billed by call. */
export function secretBox(keys: DataKeys): SecretBox {
  const sealing = new Map<string, { key: DataKey; uses: number }>();
  const unwrapped = new Map<string, Uint8Array>();
  const sealingKey = async (context: EncryptionContext) => {
    const name = JSON.stringify(context);
    const held = sealing.get(name);
    if (held && held.uses++ < dataKeyUsesMax) return held.key;
    const key = await keys.generate(context);
    remember(sealing, name, { key, uses: 1 });
    return key;
  };
  return {
    async seal(plain, context) {
      const { plain: key, wrapped } = await sealingKey(context);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(wrapped.length);
      return Buffer.concat([length, wrapped, seal(key, Buffer.from(plain), JSON.stringify(context))]);
    },
    async open(sealed, context) {
      const bytes = Buffer.from(sealed);
      const wrapped = bytes.subarray(2, 2 + bytes.readUInt16BE(0));
      const name = `${wrapped.toString("base64")}${JSON.stringify(context)}`;
      const key = unwrapped.get(name) ?? (await keys.unwrap(wrapped, context));
      remember(unwrapped, name, key);
      return Buffer.from(open(key, bytes.subarray(2 + wrapped.length), JSON.stringify(context))).toString();
    },
  };
}

/** Keeps a map at most `unwrappedKeptMax` long: what was put in first goes first. */
function remember<V>(map: Map<string, V>, name: string, value: V): void {
  map.set(name, value);
  const oldest = map.keys().next();
  if (map.size > unwrappedKeptMax && !oldest.done) map.delete(oldest.value);
}
