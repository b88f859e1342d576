import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openLog } from "../../../domain/log.ts";
import { countedLines, countingLog } from "../../../domain/metrics/counted-lines.ts";
import { EmfMetrics } from "../../../domain/metrics/emf.ts";
import { metrics as metricTable, type Sample } from "../../../domain/metrics/metric.ts";

function emf(namespace?: string) {
  const lines: string[] = [];
  const log = openLog({ name: "test", write: line => void lines.push(line) });
  const metrics = new EmfMetrics({ log, now: () => 1_700_000_000_000, namespace });
  return { metrics, lines: () => lines.splice(0).map(line => JSON.parse(line)) };
}

describe("metrics in the log", () => {
  it("are lines that CloudWatch reads: one a dimension, each metric with its unit and value", () => {
    const { metrics, lines } = emf("WASaaS/test");
    metrics.measure({ metric: "Connects", value: 1 });
    metrics.measure({ metric: "Connects", value: 1 });
    metrics.measure({ metric: "Sessions", value: 4, of: "connected" });
    metrics.measure({ metric: "Sessions", value: 5, of: "connected" });
    metrics.measure({ metric: "EventLag", value: 7 });
    metrics.measure({ metric: "EventLag", value: 9 });
    metrics.flush();
    expect(lines()).toEqual([
      {
        level: "info",
        time: expect.any(String),
        name: "test",
        message: "metrics",
        _aws: {
          Timestamp: 1_700_000_000_000,
          CloudWatchMetrics: [
            {
              Namespace: "WASaaS/test",
              Dimensions: [[]],
              Metrics: [
                { Name: "Connects", Unit: "Count" },
                { Name: "EventLag", Unit: "Milliseconds" },
              ],
            },
          ],
        },
        Connects: 2,
        EventLag: [7, 9],
      },
      expect.objectContaining({ Phase: "connected", Sessions: 5 }),
    ]);
    metrics.flush();
    expect(lines()).toEqual([]);
  });

  it("keep no more than a hundred values of one metric", () => {
    const { metrics, lines } = emf("WASaaS/test");
    for (let value = 0; value < 250; value++) metrics.measure({ metric: "EventLag", value });
    metrics.flush();
    expect(lines().map(({ EventLag }) => EventLag.length)).toEqual([100, 100, 50]);
  });

  it("are not gathered where the program has no namespace for them", () => {
    const { metrics, lines } = emf();
    metrics.measure({ metric: "Connects", value: 1 });
    metrics.flush();
    expect(lines()).toEqual([]);
  });
});

describe("lines that are counted", () => {
  it("count what they say, whichever child of the log says it", () => {
    const samples: Sample[] = [];
    const log = countingLog(openLog({ name: "test", write: () => undefined }), sample => void samples.push(sample));
    const child = log.child({ sessionId: "ses_1" });
    child.info("connection changed", { from: "opening", to: "connected", on: "opened" });
    child.info("connection changed", { from: "connected", to: "waiting", on: "closed", kind: "connection_lost" });
    child.info("connection changed", { from: "opening", to: "ended", on: "closed", kind: "client_outdated" });
    child.info("connection changed", { from: "connected", to: "waiting", on: "timer" });
    child.info("connection changed", { from: "connected", to: "gone", on: "leave" });
    child.info("message sent to whatsapp", { outcome: "acked", waitedMs: 12 });
    log.info("webhook attempted", { reason: "timeout", latencyMs: 15_000 });
    log.info("nothing that counts");
    expect(samples).toEqual([
      { metric: "Connects", value: 1, of: undefined },
      { metric: "Disconnects", value: 1, of: "connection_lost" },
      { metric: "Disconnects", value: 1, of: "client_outdated" },
      { metric: "Disconnects", value: 1, of: "silence" },
      { metric: "Sends", value: 1, of: "acked" },
      { metric: "SendWait", value: 12 },
      { metric: "WebhookAttempts", value: 1, of: "timeout" },
      { metric: "WebhookLatency", value: 15_000 },
    ]);
  });

  it("are still said by the product, word by word", async () => {
    const root = join(import.meta.dirname, "..", "..", "..");
    const folders = ["socket-host", "functions"];
    const files = await Promise.all(folders.map(folder => readdir(join(root, folder), { recursive: true })));
    const paths = files.flatMap((names, at) => names.map(name => join(root, folders[at] ?? "", name)));
    const sources = await Promise.all(paths.filter(path => path.endsWith(".ts")).map(path => readFile(path, "utf8")));
    const text = sources.join("\n");
    for (const line of Object.keys(countedLines)) expect(text).toContain(`"${line}"`);
  });

  it("measure only what the table of metrics knows, and by its dimension", () => {
    const fields = { to: "connected", from: "connected", on: "closed", command: "c", outcome: "acked", waitedMs: 1 };
    const more = { direction: "inbound", unreadable: true, how: "idle", reason: null, latencyMs: 1 };
    for (const samples of Object.values(countedLines)) {
      for (const { metric, of } of samples({ ...fields, ...more })) {
        expect(of !== undefined).toBe("by" in metricTable[metric]);
      }
    }
  });
});
