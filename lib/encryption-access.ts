import * as iam from "aws-cdk-lib/aws-iam";
import type * as kms from "aws-cdk-lib/aws-kms";

/** One attribute of the encryption context that a kind of secret is always sealed under. */
export interface SealingPurpose {
  readonly attribute: string;
  readonly value: string;
}

/** What the installation's key seals: who may open one kind cannot open another. */
export const sealing = {
  keptAnswers: { attribute: "purpose", value: "idempotency" },
  webhookSecrets: { attribute: "purpose", value: "webhook-secret" },
  sessionProxies: { attribute: "purpose", value: "session-proxy" },
  sessionPasskeys: { attribute: "purpose", value: "session-passkey" },
  sessionKeys: { attribute: "use", value: "session-keys" },
} as const satisfies Record<string, SealingPurpose>;

/** May make data keys for these kinds of secrets, and open them. */
export function grantSealing(grantee: iam.IGrantable, key: kms.IKey, purposes: readonly SealingPurpose[]): void {
  for (const purpose of purposes) allow(grantee, key, ["kms:GenerateDataKey", "kms:Decrypt"], purpose);
}

/** May open these kinds of secrets, and make none. */
export function grantOpening(grantee: iam.IGrantable, key: kms.IKey, purposes: readonly SealingPurpose[]): void {
  for (const purpose of purposes) allow(grantee, key, ["kms:Decrypt"], purpose);
}

function allow(grantee: iam.IGrantable, key: kms.IKey, actions: string[], { attribute, value }: SealingPurpose): void {
  const statement = new iam.PolicyStatement({
    actions,
    resources: [key.keyArn],
    conditions: { StringEquals: { [`kms:EncryptionContext:${attribute}`]: value } },
  });
  grantee.grantPrincipal.addToPrincipalPolicy(statement);
}
