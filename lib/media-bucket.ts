import { Duration, RemovalPolicy, Validations } from "aws-cdk-lib";
import * as s3 from "aws-cdk-lib/aws-s3";
import type { Construct } from "constructs";

/** The files of messages, and those customers upload to send: private, and gone after a time. */
export class MediaBucket extends s3.Bucket {
  readonly expiresAfterDays: number;

  constructor(scope: Construct, id: string, props: { readonly expiresAfterDays: number }) {
    super(scope, id, {
      encryption: s3.BucketEncryption.S3_MANAGED,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      removalPolicy: RemovalPolicy.RETAIN,
      // A browser may put a file to an upload's address, and read one at a download's: the address alone admits.
      cors: [
        {
          allowedMethods: [s3.HttpMethods.PUT, s3.HttpMethods.GET, s3.HttpMethods.HEAD],
          allowedOrigins: ["*"],
          allowedHeaders: ["*"],
          exposedHeaders: ["ETag"],
          maxAge: 3_600,
        },
      ],
      lifecycleRules: [
        { expiration: Duration.days(props.expiresAfterDays) },
        { abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
    });
    this.expiresAfterDays = props.expiresAfterDays;
    Validations.of(this).acknowledge({
      id: "AwsSolutions-S1",
      reason:
        "Every object is reached through a URL that the API signed for one tenant and logged; S3's own access log would add a second bucket of customers' file names.",
    });
  }
}
