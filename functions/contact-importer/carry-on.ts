import { CsvUnreadable } from "../../domain/contact/csv.ts";
import type { ContactImport } from "../../domain/contact-import/contact-import.ts";
import type { ImportCommand } from "../../domain/contact-import/import-queue.ts";
import { findImport, takeStep } from "../../domain/contact-import/store.ts";
import { stage } from "../stage.ts";
import { countRows } from "./count-rows.ts";
import { finish, giveUp } from "./finish.ts";
import type { Importing } from "./importing.ts";
import { readHeader } from "./read-header.ts";
import { saveChunks } from "./save-chunks.ts";

/**
 * Carries an import on for as long as there is time, and queues what is left of it. All it knows stands in the row of
 * the import: killed at any point, it goes on from its last step.
 *
 *     header ──▶ counting ──end of file──▶ saving ──end of file──▶ completed
 *        └──────────┴── no CSV, too long ──▶ failed, with nothing saved
 */
export async function carryOn(deps: Importing, command: ImportCommand): Promise<void> {
  const ref = { tenantId: command.tenantId, id: command.importId };
  const held = await stage("prepare", () => findImport(deps.db, ref));
  if (held?.status !== "running") return;
  const isPaused = await stage("attempt", () => takeSteps(deps, held));
  if (isPaused) await stage("record", () => deps.queue.send(command));
}

/** True where time ran out before the import's end; false at its end, or where somebody else carries it on. */
async function takeSteps(deps: Importing, before: ContactImport): Promise<boolean> {
  let last = before;
  try {
    for await (const held of stepsOf(deps, before)) {
      last = held;
      if (held.status === "running" && !deps.mayGoOn()) return true;
    }
  } catch (error) {
    if (!(error instanceof CsvUnreadable)) throw error;
    await giveUp(deps, last, error);
  }
  return false;
}

/** The import after each step of it, once that is stored. Ends early where somebody else took a step. */
async function* stepsOf(deps: Importing, before: ContactImport): AsyncGenerator<ContactImport> {
  let held: ContactImport | undefined = before;
  if (held.header === null) {
    held = await takeStep(deps.db, held, { header: await readHeader(deps.bucket, held) });
    if (held === undefined) return;
    yield held;
  }
  if (held.total === null) for await (held of countRows(deps, held)) yield held;
  if (held.total === null) return;
  if (held.processed < held.total) for await (held of saveChunks(deps, held)) yield held;
  if (held.processed === held.total) yield* finish(deps, held);
}
