import * as iam from "aws-cdk-lib/aws-iam";
import * as kms from "aws-cdk-lib/aws-kms";
import * as sns from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";

/**
 * Where every event of the log is published. Encrypted under AWS's own key for SNS, whose policy admits everybody in
 * the account whom the topic admits: publishers need no right to a key.
 */
export class EventTopic extends sns.Topic {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      enforceSSL: true,
      masterKey: kms.Alias.fromAliasName(scope, `${id}Encryption`, "alias/aws/sns"),
    });
  }

  /** May publish; CDK's own grant would add rights to every key that carries the alias. */
  override grantPublish(grantee: iam.IGrantable): iam.Grant {
    return iam.Grant.addToPrincipal({ grantee, actions: ["sns:Publish"], resourceArns: [this.topicArn] });
  }
}
