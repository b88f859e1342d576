import { readdir } from "node:fs/promises";
import { cpus, loadavg } from "node:os";
import type { Bench, Figure } from "./bench.ts";

const suffix = ".bench.ts";

/** `npm run bench -- [name…]`: runs the measurements of this folder that are named, or all, one after the other. */
async function main(wanted: readonly string[]): Promise<void> {
  const files = await readdir(import.meta.dirname);
  const names = files.filter(file => file.endsWith(suffix)).map(file => file.slice(0, -suffix.length));
  const unknown = wanted.filter(name => !names.includes(name));
  if (unknown.length > 0) throw new Error(`no bench is named ${unknown.join(", ")}; there are ${names.join(", ")}`);
  say(`${cpus().length} cores, load ${loadavg()[0]?.toFixed(2)}, node ${process.version}`);
  for (const name of names.filter(each => wanted.length === 0 || wanted.includes(each))) {
    const { bench }: { bench: Bench } = await import(new URL(`${name}${suffix}`, import.meta.url).href);
    say(`\n${name}: ${bench.promise}`);
    const figures = await bench.run(progress => process.stderr.write(`  ${progress}\n`));
    for (const figure of figures) say(lineOf(figure, figures));
  }
}

function lineOf({ name, value, unit, baseline }: Figure, figures: readonly Figure[]): string {
  const base = figures.find(figure => figure.name === baseline);
  const ratio = base === undefined ? "" : `   ${(value / base.value).toFixed(2)} × ${base.name}`;
  return `  ${name.padEnd(48)}${String(Math.round(value * 100) / 100).padStart(10)} ${unit}${ratio}`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

await main(process.argv.slice(2));
process.exit(0);
