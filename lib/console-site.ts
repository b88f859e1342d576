import { existsSync } from "node:fs";
import { join } from "node:path";
import { RemovalPolicy, Validations } from "aws-cdk-lib";
import type * as cloudfront from "aws-cdk-lib/aws-cloudfront";
import * as s3 from "aws-cdk-lib/aws-s3";
import * as deployment from "aws-cdk-lib/aws-s3-deployment";
import { Construct } from "constructs";

const consoleDir = join(import.meta.dirname, "..", "console", "dist");

/** The console's files: a private bucket that only the distribution reads. */
export class ConsoleSite extends Construct {
  readonly bucket: s3.Bucket;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.bucket = new s3.Bucket(this, "Bucket", {
      encryption: s3.BucketEncryption.S3_MANAGED,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(this.bucket).acknowledge({
      id: "AwsSolutions-S1",
      reason: "The console's files are public, and nobody but the distribution reads the bucket.",
    });
  }

  /** Uploads the built console, if there is one, and drops what the distribution still holds of the last. */
  publish(distribution: cloudfront.IDistribution): void {
    if (!existsSync(consoleDir)) return;
    new deployment.BucketDeployment(this, "Files", {
      sources: [deployment.Source.asset(consoleDir)],
      destinationBucket: this.bucket,
      distribution,
      distributionPaths: ["/*"],
    });
  }
}
