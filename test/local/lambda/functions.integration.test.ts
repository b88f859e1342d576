import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FunctionDefinition } from "../../../local/lambda/function-definition.ts";
import { Functions, type FunctionsOptions } from "../../../local/lambda/functions.ts";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const handlers = {
  // Says which environment answered, and how many of its invocations overlapped.
  whoami: `
    import { threadId } from "node:worker_threads";
    let running = 0, overlapped = 0;
    export const handler = async () => {
      running += 1;
      overlapped = Math.max(overlapped, running);
      await new Promise(resolve => setTimeout(resolve, 50));
      running -= 1;
      return { threadId, overlapped };
    };`,
  variables: `export const handler = async () => ({ names: Object.keys(process.env).sort(), own: process.env.OWN });`,
  context: `export const handler = async (event, context) => ({
      event, id: context.awsRequestId, name: context.functionName, left: context.getRemainingTimeInMillis() });`,
  broken: `throw new TypeError("no such luck");`,
  slow: `
    await new Promise(resolve => setTimeout(resolve, 300));
    export const handler = async () => "loaded";`,
  endless: `await new Promise(resolve => setTimeout(resolve, 60_000)); export const handler = async () => {};`,
  stuck: `export const handler = () => { for (;;); };`,
  hungry: `export const handler = () => { const all = []; for (;;) all.push(new Array(100_000).fill("x".repeat(10))); };`,
  nothing: `export const other = 1;`,
};

let folder: string;
let functions: Functions | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "functions-"));
  for (const [name, code] of Object.entries(handlers)) await writeFile(join(folder, `${name}.mjs`), code);
});
afterEach(async () => {
  await functions?.close(0);
  await rm(folder, { recursive: true, force: true });
});

const define = (name: keyof typeof handlers, timeoutMs = 5_000): FunctionDefinition => ({
  name,
  arn: `arn:aws:lambda:us-east-1:000000000000:function:${name}`,
  roleName: "role",
  directory: folder,
  handler: `${name}.handler`,
  timeoutMs,
  memoryMb: 128,
  concurrencyMax: undefined,
  queueConcurrencyMax: undefined,
  environment: {},
});

function run(definitions: readonly FunctionDefinition[], options: Partial<FunctionsOptions> = {}): Functions {
  const variablesOf = (): Record<string, string> => ({ OWN: "mine" });
  functions = new Functions({
    definitions,
    variablesOf,
    onOutput: (_, stream) => stream.resume(),
    log: silent,
    ...options,
  });
  return functions;
}

async function payloadOf(pool: Functions, definition: FunctionDefinition, event = "{}"): Promise<never> {
  const result = await pool.invoke(definition, event, 60_000);
  if (result.outcome !== "returned") throw new Error(JSON.stringify(result));
  return JSON.parse(result.payload) as never;
}

describe("Functions", () => {
  it("runs one invocation at a time in an environment, and as many environments as the cap lets", async () => {
    const definition = define("whoami");
    const pool = run([definition], { environmentsPerFunctionMax: 2 });
    const answers: { threadId: number; overlapped: number }[] = await Promise.all(
      Array.from({ length: 8 }, () => payloadOf(pool, definition)),
    );
    expect(new Set(answers.map(({ threadId }) => threadId)).size).toBe(2);
    expect(answers.map(({ overlapped }) => overlapped)).toEqual(answers.map(() => 1));
  });

  it("runs a tenth of what the template lets a queue run at once, where that is more and leaves room for others", () => {
    const pool = run([], { environmentsPerFunctionMax: 4, environmentsMax: 20 });
    const most = (queueConcurrencyMax: number) => pool.concurrencyMax({ ...define("whoami"), queueConcurrencyMax });
    expect([2, 20, 50, 100].map(most)).toEqual([4, 4, 5, 6]);
  });

  it("throttles a caller for whom no environment is free in time", async () => {
    const [stuck, fine] = [define("stuck", 1_500), define("context")];
    const pool = run([stuck, fine], { environmentsMax: 1 });
    const first = pool.invoke(stuck, "{}", 60_000);
    expect(await pool.invoke(fine, "{}", 50)).toEqual({ outcome: "throttled" });
    expect(await first).toMatchObject({ outcome: "timed-out" });
    await payloadOf(pool, fine);
  });

  it("leaves half of the environments to callers, whatever queues and schedules ask for", async () => {
    const [stuck, fine] = [define("stuck", 1_500), define("context")];
    const pool = run([stuck, fine], { environmentsMax: 2, environmentsPerFunctionMax: 2 });
    const background = [stuck, stuck, fine].map(definition => pool.invokeInBackground(definition, "{}"));
    await payloadOf(pool, fine);
    const outcomes = (await Promise.all(background)).map(({ outcome }) => outcome);
    expect(outcomes).toEqual(["timed-out", "timed-out", "returned"]);
  });

  it("makes room for another function by ending an idle environment, and lets nobody wait for ever", async () => {
    const [one, other] = [define("whoami"), define("context")];
    const pool = run([one, other], { environmentsMax: 1 });
    await Promise.all([payloadOf(pool, one), payloadOf(pool, other), payloadOf(pool, one), payloadOf(pool, other)]);
  });

  it("gives a function the environment it is told and nothing else", async () => {
    const definition = define("variables");
    expect(await payloadOf(run([definition]), definition)).toEqual({ names: ["OWN"], own: "mine" });
  });

  it("tells a function its request, its name and how long it has", async () => {
    const definition = define("context");
    const answer: { event: object; id: string; name: string; left: number } = await payloadOf(
      run([definition]),
      definition,
      '{"a":1}',
    );
    expect(answer).toMatchObject({ event: { a: 1 }, name: "context" });
    expect(answer.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.left).toBeGreaterThan(0);
    expect(answer.left).toBeLessThanOrEqual(5_000);
  });

  it("says why a function could not be loaded, with its stack, at once", async () => {
    const definition = define("broken");
    const result = await run([definition]).invoke(definition, "{}", 60_000);
    expect(result).toMatchObject({
      outcome: "failed",
      error: { errorType: "TypeError", errorMessage: "no such luck" },
    });
    expect(result.outcome === "failed" && result.error.trace.join("\n")).toContain("broken.mjs");
  });

  it("says that a handler is missing", async () => {
    const definition = define("nothing");
    const result = await run([definition]).invoke(definition, "{}", 60_000);
    expect(result).toMatchObject({ outcome: "failed", error: { errorMessage: "nothing.handler is not a function" } });
  });

  it("lets a function that loads slowly go on loading in the time of its first invocation, and no longer", async () => {
    const [slow, endless] = [define("slow"), define("endless", 200)];
    const pool = run([slow, endless], { initMs: 1 });
    expect(await payloadOf(pool, slow)).toBe("loaded");
    expect(await pool.invoke(endless, "{}", 60_000)).toMatchObject({
      outcome: "failed",
      error: { errorMessage: "Init timed out after 0.201 seconds" },
    });
  });

  it("ends a function that never yields at its timeout", async () => {
    const definition = define("stuck", 200);
    const result = await run([definition]).invoke(definition, "{}", 60_000);
    expect(result).toMatchObject({
      outcome: "timed-out",
      error: { errorMessage: "Task timed out after 0.20 seconds" },
    });
  });

  it("ends a function that outgrows its memory, and the next invocation gets a new environment", async () => {
    const [hungry, fine] = [define("hungry", 60_000), define("whoami")];
    const pool = run([hungry, fine]);
    expect(await pool.invoke(hungry, "{}", 60_000)).toMatchObject({
      outcome: "failed",
      error: { errorMessage: expect.stringContaining("memory") },
    });
    await payloadOf(pool, fine);
  });
});
