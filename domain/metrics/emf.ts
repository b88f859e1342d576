import type { Now } from "../clock.ts";
import type { Log } from "../log.ts";
import { type MetricName, metrics, type Sample, shapeOf } from "./metric.ts";

export interface EmfOptions {
  readonly log: Log;
  readonly now: Now;
  /** Nothing is kept or written without one. */
  readonly namespace: string | undefined;
}

/** CloudWatch takes this many values of one metric in one line, and a hundred metrics. */
const valuesMax = 100;
const withoutDimension = "";

/**
 * Gathers measurements and writes them as lines of the log in CloudWatch's embedded metric format, from which
 * CloudWatch Logs makes metrics by itself: no call, no right, nothing to be lost between log and metric
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
 */
export class EmfMetrics {
  readonly #options: EmfOptions;
  /** Values by dimension (`Reason=banned`, or none) and metric. */
  #gathered = new Map<string, Map<MetricName, number[]>>();

  constructor(options: EmfOptions) {
    this.#options = options;
  }

  measure = ({ metric, value, of }: Sample): void => {
    if (this.#options.namespace === undefined) return;
    const { by, kind } = shapeOf(metric);
    const dimension = by === undefined || of === undefined ? withoutDimension : `${by}=${of}`;
    const ofDimension = this.#gathered.get(dimension) ?? new Map<MetricName, number[]>();
    this.#gathered.set(dimension, ofDimension);
    const values = ofDimension.get(metric) ?? [];
    ofDimension.set(metric, values);
    if (kind === "values") values.push(value);
    else values[0] = kind === "sum" ? (values[0] ?? 0) + value : value;
    if (values.length >= valuesMax) this.flush();
  };

  /** Writes what was gathered, one line a dimension, and begins anew. */
  flush(): void {
    const { log, now, namespace } = this.#options;
    const gathered = this.#gathered;
    this.#gathered = new Map();
    for (const [dimension, values] of gathered)
      log.info("metrics", emfFields(namespace ?? "", dimension, values, now()));
  }
}

function emfFields(
  namespace: string,
  dimension: string,
  gathered: ReadonlyMap<MetricName, readonly number[]>,
  nowMs: number,
) {
  const [name = "", value = ""] = dimension.split("=");
  const Metrics = [...gathered.keys()].map(metric => ({ Name: metric, Unit: metrics[metric].unit }));
  const Dimensions = [dimension === withoutDimension ? [] : [name]];
  return {
    _aws: { Timestamp: nowMs, CloudWatchMetrics: [{ Namespace: namespace, Dimensions, Metrics }] },
    ...(dimension === withoutDimension ? {} : { [name]: value }),
    ...Object.fromEntries([...gathered].map(([metric, values]) => [metric, values.length === 1 ? values[0] : values])),
  };
}
