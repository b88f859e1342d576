import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";
import { describe, expect, it } from "vitest";
import { installFront } from "../installed-front.ts";
import { killedAfter } from "../killed-writer.ts";

const writer = fileURLToPath(import.meta.resolve("./transaction-writer.ts"));
const rounds = 8;
const slotsPerLane = 20;

async function scan(db: DynamoDBClient, IndexName?: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const page of paginateScan({ client: db }, { TableName: "Crash", ...(IndexName ? { IndexName } : {}) })) {
    for (const item of page.Items ?? []) found.set(item.pk?.S ?? "", item.transaction?.S ?? "");
  }
  return found;
}

describe("kill -9 in the middle of thousands of writes", () => {
  it("tears no transaction, loses nothing acknowledged and leaves indexes true", { timeout: 180_000 }, async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "aws-front-crash-"));
    const acknowledged: string[] = [];
    for (let round = 0; round < rounds; round += 1) {
      acknowledged.push(...(await killedAfter(260, writer, [dataDir, String(round)])));
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
