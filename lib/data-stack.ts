import { RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import type * as dynamodb from "aws-cdk-lib/aws-dynamodb";
import * as kms from "aws-cdk-lib/aws-kms";
import type { Construct } from "constructs";
import { type TableId, tables } from "../domain/tables.ts";
import { AlarmTopic } from "./alarm-topic.ts";
import { DataTable } from "./data-table.ts";
import { MediaBucket } from "./media-bucket.ts";
import type { Settings } from "./settings.ts";

export type Tables = Readonly<Record<TableId, dynamodb.Table>>;

/**
 * Everything that would be missed: tables, media, the key that customers' secrets are sealed under and who hears of alarms. It changes
 * seldom and is retained, so that no deployment of code can replace or delete it.
 */
export class DataStack extends Stack {
  readonly tables: Tables;
  readonly media: MediaBucket;
  readonly encryptionKey: kms.Key;
  readonly alarms: AlarmTopic;

  constructor(scope: Construct, id: string, props: StackProps & { readonly settings: Settings }) {
    super(scope, id, props);
    const { installationName, mediaDays, alarmEmail } = props.settings;
    this.tables = tablesIn(this);
    this.media = new MediaBucket(this, "Media", { expiresAfterDays: mediaDays });
    this.encryptionKey = new kms.Key(this, "EncryptionKey", {
      alias: `alias/${installationName}`,
      description: "wraps the data keys that WASaaS seals Signal keys, webhook secrets and kept answers under",
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.alarms = new AlarmTopic(this, "Alarms", { email: alarmEmail });
  }
}

function tablesIn(scope: Construct): Tables;
function tablesIn(scope: Construct): Record<string, dynamodb.Table> {
  const made = Object.entries(tables).map(([id, shape]) => [id, new DataTable(scope, logicalName(id), shape)]);
  return Object.fromEntries(made);
}

/** `rate_windows` is the construct `RateWindowsTable`: renaming it would replace the table, and a test forbids it. */
function logicalName(id: string): string {
  const words = id.split("_").map(word => word.charAt(0).toUpperCase() + word.slice(1));
  return `${words.join("")}Table`;
}
