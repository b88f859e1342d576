import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { startProduct, temporaryData } from "./product.ts";

const run = promisify(execFile);

/** The shell block of a section of the README, as it is printed. */
async function shellBlock(section: string): Promise<string> {
  const readme = await readFile("README.md", "utf8");
  const [, text = ""] = readme.split(`## ${section}\n`);
  const block = /```sh\n([\s\S]*?)```/.exec(text)?.[1];
  if (block === undefined) throw new Error(`the README has no shell block under "${section}"`);
  return block;
}

describe("the README", () => {
  it("takes a stranger from a QR to an answered message, as printed", async () => {
    await using data = await temporaryData();
    await using product = await startProduct(data.path, "--fresh");
    const { api, simulator, apiKey } = product.ready;
    const env = { ...process.env, API: api, PHONES: simulator, KEY: apiKey };
    const script = await shellBlock("One message and back");
    const { stdout } = await run("bash", ["-euo", "pipefail", "-c", script], { env, timeout: 90_000 });
    const said = stdout.trim().split("\n").slice(-2);
    expect(said[0]).toMatch(/inbound received: Thanks!$/);
    expect(said[1]).toMatch(/^outbound (sent|delivered|read): Hello!$/);
  });
});
