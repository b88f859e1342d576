import { parseArgs } from "node:util";
import { HostWords } from "./host-words.ts";
import { longPlan, shortPlan } from "./plans.ts";
import { runSeed } from "./run-seed.ts";
import { keepWords, report } from "./timeline.ts";

const usage = "usage: npm run test:faults -- [--seed FIRST] [--seeds N | --minutes M] [--short]";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    seeds: { type: "string" },
    minutes: { type: "string" },
    short: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const say = (line: string) => process.stdout.write(`${line}\n`);

/** Runs seed after seed until there are enough, or time is up. Answers how many of them broke a promise. */
async function main(): Promise<number> {
  if (values.help) {
    say(usage);
    return 0;
  }
  const first = Number(values.seed);
  const untilMs =
    values.minutes === undefined ? Number.POSITIVE_INFINITY : Date.now() + Number(values.minutes) * 60_000;
  const countMax =
    values.seeds === undefined ? (values.minutes === undefined ? 1 : Number.POSITIVE_INFINITY) : Number(values.seeds);
  const totals: Record<string, number> = {};
  let runs = 0;
  let broken = 0;
  for (let seed = first; runs < countMax && Date.now() < untilMs; seed++) {
    const result = await runOrSay(seed);
    runs++;
    if (result === undefined) {
      broken++;
      continue;
    }
    if (result.violations.length > 0) broken++;
    for (const [name, figure] of Object.entries(result.figures)) totals[name] = (totals[name] ?? 0) + figure;
    say(result.violations.length > 0 ? report(result) : `seed ${seed}: kept ${JSON.stringify(result.figures)}`);
  }
  say(`${runs} runs from seed ${first}, ${broken} broke a promise; in all ${JSON.stringify(totals)}`);
  return broken;
}

/** A run that could not even be set up, or read at its end, is one that kept nothing; the next seed is run all the same. */
async function runOrSay(seed: number) {
  const words = new HostWords();
  try {
    return await runSeed({ ...(values.short ? shortPlan : longPlan), seed }, words);
  } catch (error) {
    const path = keepWords(words, seed);
    say(`seed ${seed}: could not be run: ${error instanceof Error ? error.stack : error}\n  what was said: ${path}`);
    return undefined;
  }
}

// The installation leaves nothing behind, but an emulator's idle connections may keep the process.
process.exit((await main()) === 0 ? 0 : 1);
