import { Duration } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import { type MetricName, shapeOf } from "../domain/metrics/metric.ts";

export interface Shown {
  readonly statistic: "sum" | "max" | "avg" | "p50" | "p99";
  /** The value of the metric's dimension; without one, the metric as a whole. */
  readonly of?: string;
  /** The period; one unless told. */
  readonly minutes?: number;
}

/** The metrics that the product writes into its log, of one installation: a name that nobody writes does not compile. */
export function ownMetrics(namespace: string) {
  return (metricName: MetricName, { statistic, of, minutes = 1 }: Shown): cloudwatch.Metric => {
    const { by } = shapeOf(metricName);
    if ((by === undefined) !== (of === undefined)) throw new Error(`${metricName} is told apart by ${by ?? "nothing"}`);
    return new cloudwatch.Metric({
      namespace,
      metricName,
      statistic,
      period: Duration.minutes(minutes),
      ...(by === undefined || of === undefined ? {} : { dimensionsMap: { [by]: of } }),
    });
  };
}

/** All values of a metric's dimension at once, whatever they turn out to be. */
export function everyValue(
  namespace: string,
  metricName: MetricName,
  statistic: "Sum" | "Maximum",
): cloudwatch.MathExpression {
  const { by } = shapeOf(metricName);
  return new cloudwatch.MathExpression({
    expression: `SEARCH('{"${namespace}",${by}} MetricName="${metricName}"', '${statistic}')`,
    usingMetrics: {},
    label: "",
    period: Duration.minutes(1),
  });
}
