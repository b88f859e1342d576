import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createInterface } from "node:readline";

/**
 * Runs a writer, a program that prints one line for each acknowledged write; lets it acknowledge `writes` of them, kills
 * it at a random moment within the next 40 ms, and returns all that it said.
 */
export async function killedAfter(writes: number, program: string, args: readonly string[]): Promise<string[]> {
  const writer = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(writer, "exit");
  const acknowledged: string[] = [];
  for await (const line of createInterface({ input: writer.stdout })) {
    acknowledged.push(line);
    if (acknowledged.length === writes) setTimeout(() => writer.kill("SIGKILL"), randomInt(40));
  }
  await exited;
  return acknowledged;
}
