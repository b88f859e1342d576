import * as iam from "aws-cdk-lib/aws-iam";
import type * as kms from "aws-cdk-lib/aws-kms";

export type SealingAction = "kms:GenerateDataKey" | "kms:Decrypt";

/** Lets a program make data keys under the installation's key, or open what was sealed with them. */
export function grantSealing(grantee: iam.IGrantable, key: kms.IKey, actions: readonly SealingAction[]): void {
  const statement = new iam.PolicyStatement({ actions: [...actions], resources: [key.keyArn] });
  grantee.grantPrincipal.addToPrincipalPolicy(statement);
}
