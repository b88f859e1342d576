import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import * as z from "zod";
import { type AwsCall, type AwsReply, type AwsService, type JsonObject, jsonReply } from "./aws-call.ts";
import { AwsError } from "./aws-error.ts";
import type { Partition } from "./iam/authorization.ts";
import type { KmsKeys, MasterKey } from "./kms-keys.ts";

const plaintextMaxBytes = 4096;
const ivBytes = 12;
const tagBytes = 16;

const EncryptionContext = z.record(z.string(), z.string()).default({});
const Encrypt = z.object({ KeyId: z.string(), Plaintext: z.base64().min(1), EncryptionContext });
const Decrypt = z.object({ KeyId: z.string().optional(), CiphertextBlob: z.base64().min(1), EncryptionContext });
const GenerateDataKey = z.object({
  KeyId: z.string(),
  KeySpec: z.enum(["AES_256", "AES_128"]).optional(),
  NumberOfBytes: z.int().min(1).max(1024).optional(),
  EncryptionContext,
});

export interface Kms extends AwsService {
  /**
   * The ARN of the key that a call is about, which its permission names; for a Decrypt without a key id it is in the
   * ciphertext. Throws NotFoundException, InvalidCiphertextException.
   */
  keyArnOf(input: JsonObject): string;
}

/** KMS with symmetric keys: AES-256-GCM under the key's material, the encryption context authenticated with it. */
export function kmsService(keys: KmsKeys, where: Partition): Kms {
  const arnOf = (keyId: string) => `arn:aws:kms:${where.region}:${where.accountId}:key/${keyId}`;
  return {
    answer: async call => answer(keys, arnOf, call),
    keyArnOf: input => {
      const { KeyId, CiphertextBlob } = z
        .object({ KeyId: z.string().optional(), CiphertextBlob: z.base64().optional() })
        .parse(input);
      if (CiphertextBlob !== undefined) return arnOf(keys.find(opened(CiphertextBlob).keyId).keyId);
      return arnOf(keys.find(KeyId ?? "").keyId);
    },
  };
}

function answer(keys: KmsKeys, arnOf: (keyId: string) => string, call: AwsCall): AwsReply {
  const input = call.input();
  switch (call.operation) {
    case "Encrypt": {
      const { KeyId, Plaintext, EncryptionContext: context } = Encrypt.parse(input);
      const plaintext = Buffer.from(Plaintext, "base64");
      if (plaintext.length > plaintextMaxBytes)
        throw new AwsError("ValidationException", "Plaintext is over 4096 bytes");
      const key = keys.find(KeyId);
      const CiphertextBlob = sealed(key, plaintext, context).toString("base64");
      return jsonReply({ CiphertextBlob, KeyId: arnOf(key.keyId), EncryptionAlgorithm: "SYMMETRIC_DEFAULT" });
    }
    case "Decrypt": {
      const { KeyId, CiphertextBlob, EncryptionContext: context } = Decrypt.parse(input);
      const { keyId, plaintext } = unsealed(keys, CiphertextBlob, context, KeyId);
      const Plaintext = plaintext.toString("base64");
      return jsonReply({ Plaintext, KeyId: arnOf(keyId), EncryptionAlgorithm: "SYMMETRIC_DEFAULT" });
    }
    case "GenerateDataKey":
      return jsonReply(dataKey(keys, arnOf, input));
    case "GenerateDataKeyWithoutPlaintext": {
      const { Plaintext: _plaintext, ...withoutPlaintext } = dataKey(keys, arnOf, input);
      return jsonReply(withoutPlaintext);
    }
    case "DescribeKey":
      return jsonReply({ KeyMetadata: metadata(keys.find(z.object({ KeyId: z.string() }).parse(input).KeyId), arnOf) });
    default:
      throw new AwsError("UnknownOperationException", `KMS ${call.operation} is not emulated here`);
  }
}

function dataKey(keys: KmsKeys, arnOf: (keyId: string) => string, input: JsonObject) {
  const { KeyId, KeySpec, NumberOfBytes, EncryptionContext: context } = GenerateDataKey.parse(input);
  if ((KeySpec === undefined) === (NumberOfBytes === undefined)) {
    throw new AwsError("ValidationException", "Please specify either number of bytes or key spec.");
  }
  const key = keys.find(KeyId);
  const plaintext = randomBytes(NumberOfBytes ?? (KeySpec === "AES_128" ? 16 : 32));
  return {
    CiphertextBlob: sealed(key, plaintext, context).toString("base64"),
    Plaintext: plaintext.toString("base64"),
    KeyId: arnOf(key.keyId),
  };
}

function metadata(key: MasterKey, arnOf: (keyId: string) => string): JsonObject {
  return {
    KeyId: key.keyId,
    Arn: arnOf(key.keyId),
    CreationDate: key.createdAt.getTime() / 1000,
    Enabled: true,
    KeyState: "Enabled",
    KeyUsage: "ENCRYPT_DECRYPT",
    KeySpec: "SYMMETRIC_DEFAULT",
    CustomerMasterKeySpec: "SYMMETRIC_DEFAULT",
    EncryptionAlgorithms: ["SYMMETRIC_DEFAULT"],
    KeyManager: "CUSTOMER",
    Origin: "AWS_KMS",
    MultiRegion: false,
  };
}

/** A version byte, the length and text of the key id, the nonce, the ciphertext, the tag. */
function sealed(key: MasterKey, plaintext: Buffer, context: Record<string, string>): Buffer {
  const keyId = Buffer.from(key.keyId);
  const header = Buffer.concat([Buffer.from([1, keyId.length]), keyId]);
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv("aes-256-gcm", key.material, iv).setAAD(
    Buffer.concat([header, authenticated(context)]),
  );
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([header, iv, ciphertext, cipher.getAuthTag()]);
}

function opened(blob: string): { keyId: string; header: Buffer; rest: Buffer } {
  const bytes = Buffer.from(blob, "base64");
  const headerBytes = 2 + (bytes[1] ?? 0);
  if (bytes[0] !== 1 || bytes.length < headerBytes + ivBytes + tagBytes) throw invalidCiphertext();
  const header = bytes.subarray(0, headerBytes);
  return { keyId: header.subarray(2).toString(), header, rest: bytes.subarray(headerBytes) };
}

function unsealed(
  keys: KmsKeys,
  blob: string,
  context: Record<string, string>,
  expectedKey: string | undefined,
): { keyId: string; plaintext: Buffer } {
  const { keyId, header, rest } = opened(blob);
  if (expectedKey !== undefined && keys.find(expectedKey).keyId !== keyId) {
    throw new AwsError(
      "IncorrectKeyException",
      "The key ID in the request does not identify a CMK that can perform this operation.",
    );
  }
  const decipher = createDecipheriv("aes-256-gcm", keys.find(keyId).material, rest.subarray(0, ivBytes))
    .setAAD(Buffer.concat([header, authenticated(context)]))
    .setAuthTag(rest.subarray(-tagBytes));
  try {
    return { keyId, plaintext: Buffer.concat([decipher.update(rest.subarray(ivBytes, -tagBytes)), decipher.final()]) };
  } catch (error) {
    throw invalidCiphertext(error);
  }
}

/** The context as bytes: its pairs in the order of their names, so that their order in the request does not matter. */
function authenticated(context: Record<string, string>): Buffer {
  const pairs = Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.from(JSON.stringify(pairs));
}

function invalidCiphertext(cause?: unknown): AwsError {
  return new AwsError("InvalidCiphertextException", "The ciphertext is damaged or its encryption context differs.", {
    cause,
  });
}
