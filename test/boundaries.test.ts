import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";

const run = promisify(execFile);
const folders = ["bin", "client", "lib", "functions", "socket-host", "domain", "local", "test"];

interface Cruised {
  modules: { source: string; dependencies: { resolved: string }[] }[];
  summary: { violations: { rule: { name: string }; from: string; to: string }[] };
}

describe("the import directions", () => {
  let cruised: Cruised;

  beforeAll(async () => {
    const command = ["--config", ".dependency-cruiser.mjs", "--output-type", "json", ...folders];
    // The JSON reporter exits 0 whatever it found; the tests below read what it found.
    const { stdout } = await run("node_modules/.bin/depcruise", command, { maxBuffer: 64 * 1024 * 1024 });
    cruised = JSON.parse(stdout) as Cruised;
  }, 60_000);

  // The cruiser reports "no violations" over zero modules when it cannot read the sources.
  it("are checked over every folder's modules and the imports between them", () => {
    for (const folder of folders) {
      expect(cruised.modules.filter(module => module.source.startsWith(`${folder}/`)).length, folder).toBeGreaterThan(
        0,
      );
    }
    const store = cruised.modules.find(module => module.source === "domain/message/store.ts");
    expect(store?.dependencies.map(dependency => dependency.resolved)).toContain("domain/message/message.ts");
  });

  it("hold", () => {
    expect(cruised.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`)).toEqual([]);
  });
});
