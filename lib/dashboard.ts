import { Duration } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import type { Construct } from "constructs";
import type { MetricName } from "../domain/metrics/metric.ts";
import { everyValue, ownMetrics } from "./own-metrics.ts";
import { metricsNamespace, type Settings } from "./settings.ts";

export interface DashboardProps {
  readonly settings: Settings;
  /** Every alarm of the installation: shown first. */
  readonly alarms: readonly cloudwatch.IAlarm[];
}

const width = 8;

/** What an operator looks at: alarms first, then sessions, messages, events and webhooks. */
export function addDashboard(scope: Construct, { settings, alarms }: DashboardProps): void {
  const namespace = metricsNamespace(settings);
  const own = ownMetrics(namespace);
  const graph = (title: string, left: cloudwatch.IMetric[], unit?: string) =>
    new cloudwatch.GraphWidget({ title, left, width, ...(unit === undefined ? {} : { leftYAxis: { label: unit } }) });
  const byValue = (title: string, metric: MetricName, statistic: "Sum" | "Maximum" = "Sum") =>
    graph(title, [everyValue(namespace, metric, statistic)]);
  const times = (title: string, metric: MetricName) =>
    graph(title, [own(metric, { statistic: "p50" }), own(metric, { statistic: "p99" })], "ms");
  const dashboard = new cloudwatch.Dashboard(scope, "Dashboard", {
    dashboardName: settings.installationName,
    defaultInterval: Duration.hours(12),
  });
  dashboard.addWidgets(
    new cloudwatch.AlarmStatusWidget({ title: "Alarms", alarms: [...alarms], width: 24, height: 6 }),
  );
  dashboard.addWidgets(
    byValue("Sessions by phase", "Sessions"),
    graph("Connects", [own("Connects", { statistic: "sum" })]),
    byValue("Ends of connections by reason", "Disconnects"),
  );
  dashboard.addWidgets(
    byValue("Sends by result", "Sends"),
    times("From acceptance to WhatsApp's word", "SendWait"),
    graph("Commands that wait", [
      own("CommandsWaiting", { statistic: "sum" }),
      own("OldestCommand", { statistic: "max" }),
    ]),
  );
  dashboard.addWidgets(
    byValue("Messages seen", "MessagesSeen"),
    graph("Undecryptable", [own("AskedAgain", { statistic: "sum" }), own("Undecryptable", { statistic: "sum" })]),
    graph("Waiting at WhatsApp", [
      own("OfflineQueue", { statistic: "max" }),
      own("OfflineQueueStalls", { statistic: "sum" }),
    ]),
    graph("Key writes", [own("KeyWrites", { statistic: "sum" })]),
  );
  dashboard.addWidgets(
    byValue("Leases taken", "LeaseTakes"),
    graph("Age of the WhatsApp Web version", [own("WhatsAppVersionAge", { statistic: "max", minutes: 60 })], "s"),
    graph("Hosts wanted, and their load", [
      own("HostsDesired", { statistic: "max" }),
      own("Load", { statistic: "max" }),
    ]),
    graph("Sessions held, and without room", [
      own("SessionsHeld", { statistic: "max" }),
      own("SessionsWaitingForRoom", { statistic: "max" }),
    ]),
  );
  dashboard.addWidgets(
    times("From an event to its publication", "EventLag"),
    byValue("Webhook attempts by result", "WebhookAttempts"),
    times("How long endpoints take", "WebhookLatency"),
  );
}
