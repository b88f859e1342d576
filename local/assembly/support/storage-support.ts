import { onlyOnAws, type SupportTable } from "./resource-support.ts";

export const storageSupport: SupportTable = {
  "AWS::DynamoDB::Table": {
    honoured: [
      "TableName",
      "AttributeDefinitions",
      "KeySchema",
      "BillingMode",
      "GlobalSecondaryIndexes",
      "LocalSecondaryIndexes",
      "TimeToLiveSpecification",
    ],
    // Backups, encryption by AWS and guards against deletion have no counterpart on a disk of one's own.
    withoutEffect: [
      "PointInTimeRecoverySpecification",
      "DeletionProtectionEnabled",
      "SSESpecification",
      "ContributorInsightsSpecification",
      "Tags",
    ],
  },
  "AWS::S3::Bucket": {
    honoured: ["BucketName", "CorsConfiguration"],
    withoutEffect: [
      "PublicAccessBlockConfiguration",
      "BucketEncryption",
      "OwnershipControls",
      "LifecycleConfiguration",
      "LoggingConfiguration",
      "AccessControl",
      "VersioningConfiguration",
      "Tags",
    ],
  },
  // Only principals of this installation reach the bucket here, and what they may do stands in their own policies.
  "AWS::S3::BucketPolicy": onlyOnAws,
  "Custom::CDKBucketDeployment": {
    honoured: ["SourceObjectKeys", "DestinationBucketName", "DestinationBucketKeyPrefix"],
    withoutEffect: [
      "ServiceToken",
      "SourceBucketNames",
      "SourceMarkers",
      "SourceMarkersConfig",
      "WaitForDistributionInvalidation",
      "Prune",
      "RetainOnDelete",
      "DistributionId",
      "DistributionPaths",
      "OutputObjectKeys",
      "DestinationBucketArn",
      "SystemMetadata",
      "UserMetadata",
    ],
  },
  "AWS::KMS::Key": {
    honoured: [],
    // A key here is 32 random bytes in the data folder; what may use it stands in the roles' policies.
    withoutEffect: [
      "EnableKeyRotation",
      "RotationPeriodInDays",
      "KeyPolicy",
      "Description",
      "PendingWindowInDays",
      "Tags",
    ],
  },
  "AWS::KMS::Alias": { honoured: [], withoutEffect: ["AliasName", "TargetKeyId"] },
  "AWS::SSM::Parameter": {
    honoured: ["Name", "Type", "Value"],
    withoutEffect: ["Description", "Tier", "AllowedPattern", "Tags"],
  },
};
