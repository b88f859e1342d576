import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import type { Construct } from "constructs";

/** The entries of docs/runbook.md under "Alarms": what to do when one rings. */
type RunbookEntry =
  | "no-host-running"
  | "host-logs-errors"
  | "sessions-without-room"
  | "shards-lost"
  | "commands-wait"
  | "sends-unacknowledged"
  | "client-outdated"
  | "whatsapp-version-old"
  | "numbers-banned"
  | "events-late"
  | "function-failing"
  | "queue-waits"
  | "dead-letters"
  | "api-errors";

export interface ImpactAlarmProps {
  readonly runbook: RunbookEntry;
  /** Who is hurt while it rings, in words: `customers cannot send messages`. */
  readonly errorImpact: string;
  /** What was measured: `the function failed`. */
  readonly because: string;
  readonly metric: cloudwatch.IMetric;
  /** It rings at this value and above, unless `comparison` says otherwise. */
  readonly threshold: number;
  readonly comparison?: cloudwatch.ComparisonOperator;
  /** So many periods in a row; one unless told. */
  readonly periods?: number;
  /** Silence is health unless told. */
  readonly missingData?: cloudwatch.TreatMissingData;
}

/** An alarm whose text tells whoever it wakes who is hurt, before what broke, and where it stands what to do. */
export class ImpactAlarm extends cloudwatch.Alarm {
  constructor(scope: Construct, id: string, props: ImpactAlarmProps) {
    super(scope, id, {
      alarmDescription: `${props.errorImpact}: ${props.because} (docs/runbook.md#${props.runbook})`,
      metric: props.metric,
      threshold: props.threshold,
      comparisonOperator: props.comparison ?? cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: props.periods ?? 1,
      treatMissingData: props.missingData ?? cloudwatch.TreatMissingData.NOT_BREACHING,
    });
  }
}
