import * as z from "zod";

/** Units as CloudWatch names them. */
type Unit = "Count" | "Milliseconds" | "Seconds" | "Percent";

interface MetricShape {
  readonly unit: Unit;
  /** The one dimension it is told apart by, besides none at all. */
  readonly by?: string;
  /** Added up over a flush, the last one seen, or every value by itself, for percentiles. */
  readonly kind: "sum" | "last" | "values";
}

/** The one list of metrics: what the dashboard shows, the alarms watch and the programs say. */
export const metrics = {
  Sessions: { unit: "Count", by: "Phase", kind: "last" },
  SessionsHeld: { unit: "Count", kind: "last" },
  SessionsWaitingForRoom: { unit: "Count", kind: "last" },
  Load: { unit: "Percent", kind: "last" },
  Connects: { unit: "Count", kind: "sum" },
  Disconnects: { unit: "Count", by: "Reason", kind: "sum" },
  CommandsWaiting: { unit: "Count", kind: "last" },
  OldestCommand: { unit: "Seconds", kind: "last" },
  CommandsServed: { unit: "Count", by: "Command", kind: "sum" },
  Sends: { unit: "Count", by: "Result", kind: "sum" },
  SendWait: { unit: "Milliseconds", kind: "values" },
  MessagesSeen: { unit: "Count", by: "Direction", kind: "sum" },
  AskedAgain: { unit: "Count", kind: "sum" },
  Undecryptable: { unit: "Count", kind: "sum" },
  OfflineQueue: { unit: "Count", kind: "values" },
  OfflineQueueStalls: { unit: "Count", kind: "sum" },
  KeyWrites: { unit: "Count", kind: "sum" },
  LeaseTakes: { unit: "Count", by: "How", kind: "sum" },
  ShardsLost: { unit: "Count", kind: "sum" },
  EventLag: { unit: "Milliseconds", kind: "values" },
  WebhookAttempts: { unit: "Count", by: "Result", kind: "sum" },
  WebhookLatency: { unit: "Milliseconds", kind: "values" },
  WebhookRests: { unit: "Count", kind: "sum" },
  WhatsAppVersionAge: { unit: "Seconds", kind: "last" },
  HostsDesired: { unit: "Count", kind: "last" },
} as const satisfies Record<string, MetricShape>;
export type MetricName = keyof typeof metrics;

export function shapeOf(name: MetricName): MetricShape {
  return metrics[name];
}

/** One measurement. `of` is the value of the metric's dimension. */
export interface Sample {
  readonly metric: MetricName;
  readonly value: number;
  readonly of?: string | undefined;
}

/** Whoever measures anything tells it here. */
export type Measure = (sample: Sample) => void;

/** Where a program's metrics go: the installation's own namespace in CloudWatch. Without one nothing is measured. */
export const metricsEnvironment = { METRICS_NAMESPACE: z.string().min(1).optional() };
