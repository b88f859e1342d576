import { RemovalPolicy } from "aws-cdk-lib";
import * as dynamodb from "aws-cdk-lib/aws-dynamodb";
import type { Construct } from "constructs";
import type { IndexShape, TableShape } from "../domain/tables.ts";

/**
 * One table of domain/tables.ts. It outlives its stack, can be restored to any second of the last 35 days, and has
 * no name of its own: CloudFormation's lets a second copy stand beside a retained one.
 */
export class DataTable extends dynamodb.Table {
  constructor(scope: Construct, id: string, shape: TableShape) {
    super(scope, id, {
      partitionKey: stringKey("pk"),
      sortKey: stringKey("sk"),
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      // Encrypted by a key that DynamoDB owns: what must stay secret from who may read a table is sealed before it.
      encryption: dynamodb.TableEncryption.DEFAULT,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
      ...(shape.expires ? { timeToLiveAttribute: "ttl" } : {}),
    });
    for (const [indexName, index] of Object.entries(shape.indexes))
      this.addGlobalSecondaryIndex(indexOf(indexName, index));
  }
}

const stringKey = (name: string): dynamodb.Attribute => ({ name, type: dynamodb.AttributeType.STRING });

function indexOf(indexName: string, index: IndexShape): dynamodb.GlobalSecondaryIndexProps {
  return {
    indexName,
    partitionKey: stringKey(index.partitionKey),
    ...(index.sortKey === undefined ? {} : { sortKey: stringKey(index.sortKey) }),
    projectionType: dynamodb.ProjectionType[index.projection],
  };
}
