import { Stack, Validations } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import { Construct } from "constructs";
import { erasedTables } from "../domain/account/tenant-deletion.ts";
import { mediaFolders } from "../domain/media/object-key.ts";
import { TenantDeleterEnvironment, tablesOfTenantDeleter } from "../functions/tenant-deleter/environment.ts";
import type { DataStack } from "./data-stack.ts";
import { grantMedia } from "./media-access.ts";
import { NodeFunction } from "./node-function.ts";
import { grantAlike, grantTables, type TableAccess, tableVariables } from "./table-access.ts";
import { WorkQueue } from "./work-queue.ts";

const errorImpact = "the data of a deleted tenant is not erased";
const timeoutSeconds = 120;
const erasing: TableAccess = { items: ["Scan", "BatchWriteItem"] };

/** How everything of a tenant is erased in the background: a message a step, each saying how far the last one came. */
export class TenantDeletion extends Construct {
  /** What TENANT_DELETION_QUEUE_URL is to be. */
  readonly queue: WorkQueue;

  constructor(scope: Construct, id: string, { data }: { readonly data: DataStack }) {
    super(scope, id);
    this.queue = new WorkQueue(this, "Steps", {
      consumerTimeoutSeconds: timeoutSeconds,
      receivesMax: 5,
      ageMaxSeconds: 3_600,
      errorImpact,
    });
    const deleter = new NodeFunction(this, "Deleter", {
      folder: "tenant-deleter",
      schema: TenantDeleterEnvironment,
      environment: {
        ...tableVariables(data.tables, tablesOfTenantDeleter),
        MEDIA_BUCKET: data.media.bucketName,
        TENANT_DELETION_QUEUE_URL: this.queue.queue.queueUrl,
      },
      timeoutSeconds,
      errorImpact,
    });
    grantTables(deleter, data.tables, ["accounts"], {
      accounts: { items: ["GetItem", "DeleteItem", "BatchWriteItem"], indexes: ["byOwner"] },
    });
    grantAlike(deleter, data.tables, erasedTables, erasing);
    // Its sessions are stopped as a customer would, so that their hosts unlink them.
    grantTables(deleter, data.tables, ["sessions", "outbox", "events"], {
      sessions: { items: ["Query", "UpdateItem"] },
      outbox: { items: ["PutItem"] },
      events: { items: ["PutItem"] },
    });
    grantMedia(deleter, data.media, {
      uploads: ["DeleteObject"],
      messages: ["DeleteObject"],
      imports: ["DeleteObject"],
    });
    grantListing(deleter, data);
    grantGatewayKeys(deleter);
    this.queue.grantSend(deleter);
    this.queue.feeds(deleter, { batchSize: 1, concurrencyMax: 5 });
  }
}

/** It alone lists files: by tenant, to leave none behind. */
function grantListing({ grantPrincipal }: iam.IGrantable, { media }: DataStack): void {
  const prefixes = Object.values(mediaFolders).map(folder => `${folder}/*`);
  grantPrincipal.addToPrincipalPolicy(
    new iam.PolicyStatement({
      actions: ["s3:ListBucket"],
      resources: [media.bucketArn],
      conditions: { StringLike: { "s3:prefix": prefixes } },
    }),
  );
}

/** A tenant's key at the gateway goes with it. */
function grantGatewayKeys(deleter: iam.IGrantable & Construct): void {
  const { partition, region } = Stack.of(deleter);
  const at = (path: string) => `arn:${partition}:apigateway:${region}::${path}`;
  const allow = (action: string, path: string) =>
    deleter.grantPrincipal.addToPrincipalPolicy(
      new iam.PolicyStatement({ actions: [`apigateway:${action}`], resources: [at(path)] }),
    );
  allow("GET", "/apikeys");
  allow("DELETE", "/apikeys/*");
  Validations.of(deleter).acknowledge({
    id: "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:apigateway:<AWS::Region>::/apikeys/*]",
    reason: "The keys of tenants are made while it runs: it deletes the one that is named by the tenant it deletes.",
  });
}
