import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import * as z from "zod";
import { metrics } from "../../domain/metrics/metric.ts";
import { bundle } from "../../lib/bundle.ts";
import { resourcesOf, synthesized } from "./synthesized.ts";

it("has an entry for every alarm of the template, and an alarm for every entry", async () => {
  await bundle();
  const app = await synthesized();
  try {
    const alarms = [app.data, app.commands, app.service].flatMap(each => resourcesOf(each, "AWS::CloudWatch::Alarm"));
    const named = alarms.map(({ id, Properties }) => {
      const description = z.string().parse(Properties.AlarmDescription);
      return { id, entry: /\(docs\/runbook\.md#([a-z-]+)\)$/.exec(description)?.[1] };
    });
    expect(named.length).toBeGreaterThan(20);
    const text = await readFile(join(import.meta.dirname, "..", "..", "docs", "runbook.md"), "utf8");
    const entries = [...text.matchAll(/^### ([a-z-]+)$/gm)].map(([, entry]) => entry);
    for (const { id, entry } of named) expect(entries, id).toContain(entry);
    const rung = new Set(named.map(({ entry }) => entry));
    expect(entries.filter(entry => !rung.has(entry))).toEqual([]);
    // What the alarms and the dashboard show is what somebody writes.
    const [dashboard] = resourcesOf(app.service, "AWS::CloudWatch::Dashboard");
    const shown = JSON.stringify(dashboard?.Properties);
    for (const metric of ["Sessions", "Connects", "Disconnects", "Sends", "KeyWrites", "LeaseTakes", "EventLag"]) {
      expect(Object.keys(metrics)).toContain(metric);
      expect(shown).toContain(metric);
    }
  } finally {
    await rm(app.directory, { recursive: true, force: true });
  }
}, 240_000);
