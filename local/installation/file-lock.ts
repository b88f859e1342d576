import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";

export interface FileLock {
  release(): void;
}

const retryMs = 100;

/**
 * Takes an exclusive lock on a file, waiting at most `waitMs` for another holder. SQLite holds it as a lock of the
 * operating system, which is gone the moment its process is, however that ended: no stale lock can stay behind.
 * Undefined where somebody else still holds it.
 */
export async function lockFile(path: string, waitMs: number): Promise<FileLock | undefined> {
  const untilMs = Date.now() + waitMs;
  for (;;) {
    const lock = tryLock(path);
    if (lock !== undefined || Date.now() >= untilMs) return lock;
    await sleep(retryMs);
  }
}

function tryLock(path: string): FileLock | undefined {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT");
    return { release: () => database.close() };
  } catch (error) {
    database.close();
    if (error instanceof Error && /database is locked/.test(error.message)) return undefined;
    throw error;
  }
}
