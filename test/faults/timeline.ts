import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { History } from "./history.ts";
import type { HostWords } from "./host-words.ts";
import type { RunResult } from "./run-seed.ts";

const violationsShownMax = 20;
const linesShownMax = 120;

/** What a failed run shows: its seed, what was broken, and what happened around it, in the order in which it did. */
export function report({ seed, violations, history, words, figures }: RunResult): string {
  const ids = new Set(violations.flatMap(({ sessionId, messageId }) => [sessionId, messageId]).filter(isText));
  const lines = [...happenings(history, ids), ...said(words.lines, ids)];
  const shown = lines
    .sort((a, b) => a.atMs - b.atMs)
    .map(({ atMs, what }) => `${new Date(atMs).toISOString().slice(11)} ${what}`);
  const path = pathOf(seed);
  writeFileSync(path, shown.join("\n"));
  keepWords(words, seed);
  return [
    `seed ${seed}: ${violations.length} violations (${JSON.stringify(figures)})`,
    ...violations
      .slice(0, violationsShownMax)
      .map(one => `  ${one.rule}: ${one.what} [${one.sessionId} ${one.messageId}]`),
    `timeline of the sessions and messages concerned (whole: ${path})`,
    ...shown.slice(0, linesShownMax).map(line => `  ${line}`),
  ].join("\n");
}

const pathOf = (seed: number) => join(tmpdir(), `faults-seed-${seed}-${process.pid}.txt`);

/** Keeps every line that the product wrote; answers where. */
export function keepWords(words: HostWords, seed: number): string {
  const path = `${pathOf(seed)}.log`;
  writeFileSync(path, words.lines.map(line => JSON.stringify(line)).join("\n"));
  return path;
}

const isText = (text: string | undefined) => text !== undefined;

function happenings({ injected, accepted, spoken, log }: History, ids: ReadonlySet<string | undefined>) {
  const concerns = (one: { sessionId: string | null; messageId?: string | undefined }) =>
    ids.has(one.messageId) || (one.messageId === undefined && ids.has(one.sessionId ?? undefined));
  return [
    ...injected.map(({ atMs, what }) => ({ atMs, what: `FAULT ${what}` })),
    ...accepted
      .filter(concerns)
      .map(({ atMs, messageId, text }) => ({ atMs, what: `accepted ${messageId} "${text}"` })),
    ...spoken
      .filter(concerns)
      .map(({ atMs, waMessageId, text }) => ({ atMs, what: `spoken ${waMessageId} "${text}"` })),
    ...log.filter(concerns).map(({ createdAt, type, id, waMessageId, sequence }) => ({
      atMs: Date.parse(createdAt),
      what: `event ${sequence} ${type} ${id} ${waMessageId ?? ""}`,
    })),
  ];
}

function said(lines: RunResult["words"]["lines"], ids: ReadonlySet<string | undefined>) {
  return lines
    .filter(({ line }) => ids.has(String(line.messageId)) || ids.has(String(line.sessionId)))
    .map(({ atMs, source, line }) => ({ atMs, what: `${source}: ${JSON.stringify(line).slice(0, 400)}` }));
}
