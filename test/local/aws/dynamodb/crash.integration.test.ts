import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";
import { describe, expect, it } from "vitest";
import { installFront } from "../installed-front.ts";

const rounds = 8;
const slotsPerLane = 20;

/** Lets the writer acknowledge `writes` writes, kills it at a random moment soon after, and returns what it said. */
async function killAfter(writes: number, dataDir: string, round: number): Promise<string[]> {
  const writer: ChildProcess = spawn(
    process.execPath,
    [join(import.meta.dirname, "transaction-writer.ts"), dataDir, String(round)],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  if (writer.stdout === null) throw new Error("the writer has no output");
  const acknowledged: string[] = [];
  const exited = once(writer, "exit");
  for await (const line of createInterface({ input: writer.stdout })) {
    acknowledged.push(line);
    if (acknowledged.length === writes) setTimeout(() => writer.kill("SIGKILL"), randomInt(40));
  }
  await exited;
  return acknowledged;
}

async function scan(db: DynamoDBClient, IndexName?: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const page of paginateScan({ client: db }, { TableName: "Crash", ...(IndexName ? { IndexName } : {}) })) {
    for (const item of page.Items ?? []) found.set(item.pk?.S ?? "", item.transaction?.S ?? "");
  }
  return found;
}

describe("kill -9 in the middle of thousands of writes", () => {
  it("tears no transaction, loses nothing acknowledged and leaves indexes true", async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "aws-front-crash-"));
    const acknowledged: string[] = [];
    for (let round = 0; round < rounds; round += 1) {
      acknowledged.push(...(await killAfter(260, dataDir, round)));
      const installed = await installFront({ dataDir });
      const db = new DynamoDBClient(installed.runner);
      const items = await scan(db);
      for (const lane of ["a", "b", "c", "d"]) {
        const slots = [...items].filter(([pk]) => pk.startsWith(`${lane}#`)).map(([, transaction]) => transaction);
        expect(slots.length).toBe(slotsPerLane);
        expect(new Set(slots).size).toBe(1);
        const said = acknowledged.filter(line => line.startsWith(`${lane}:`)).at(-1);
        const [, saidRound = "", saidCount = ""] = said?.split(":") ?? [];
        const [, foundRound = "", foundCount = ""] = slots[0]?.split(":") ?? [];
        expect(foundRound).toBe(saidRound);
        expect(Number(foundCount)).toBeGreaterThanOrEqual(Number(saidCount));
        expect(Number(foundCount)).toBeLessThanOrEqual(Number(saidCount) + 1);
      }
      for (const single of acknowledged.filter(line => line.startsWith("single:")))
        expect(items.get(single)).toBe(single);
      expect(await scan(db, "byTransaction")).toEqual(items);
      if (round < rounds - 1) await installed.front.stop();
      else await installed.remove();
    }
    expect(acknowledged.length).toBeGreaterThan(2_000);
  });
});
