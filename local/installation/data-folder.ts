import { access, mkdir, readFile, realpath, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { type FileLock, lockFile } from "./file-lock.ts";
import { StartRefused } from "./start-refused.ts";

const lockName = "lock.db";
// All that an installation keeps. Nothing else is ever removed: --data may name a folder that holds more than ours.
const ownNames = ["aws", "whatsapp", "demo-tenant.json", "installation.json", "ports.json"] as const;
type OwnName = (typeof ownNames)[number];
// A killed installation needs a moment until its last process is gone.
const lockWaitMs = 10_000;
/** What the tables of earlier versions have in their folder: they were a Level store. */
const markOfOldTables = join("aws", "dynamodb", "CURRENT");

/** The folder that everything of one installation is kept in, locked for this process. */
export class DataFolder {
  readonly path: string;
  readonly #lock: FileLock;

  private constructor(path: string, lock: FileLock) {
    this.path = path;
    this.#lock = lock;
  }

  /**
   * Makes and locks the folder; `fresh` empties it first.
   * @throws StartRefused where it cannot be written, an earlier version wrote it, or another installation holds it for 10
   * seconds
   */
  static async open(path: string, { fresh }: { readonly fresh: boolean }): Promise<DataFolder> {
    const lock = await takeLock(path);
    const folder = new DataFolder(await realpath(path), lock);
    if (fresh) await folder.#empty();
    else if (await isThere(join(folder.path, markOfOldTables))) {
      lock.release();
      throw new StartRefused(
        `an earlier version wrote the data folder ${path}, and this one cannot read its tables; start with --fresh, or name another folder with --data`,
      );
    }
    return folder;
  }

  async folder(name: OwnName): Promise<string> {
    const path = join(this.path, name);
    await mkdir(path, { recursive: true, mode: 0o700 });
    return path;
  }

  /** A JSON file of the folder; undefined where it is not there. @throws StartRefused where it is damaged */
  async read<Schema extends z.ZodType>(name: OwnName, schema: Schema): Promise<z.infer<Schema> | undefined> {
    const path = join(this.path, name);
    let text: string;
    try {
      text = await readFile(path, "utf8");
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
    try {
      return schema.parse(JSON.parse(text));
    } catch (cause) {
      throw new StartRefused(`${path} is damaged; remove it, or start with --fresh`, { cause });
    }
  }

  /** Writes a JSON file whole or not at all, readable by its owner alone. */
  async write(name: OwnName, content: object): Promise<void> {
    await writeWhole(join(this.path, name), content);
  }

  async remove(name: OwnName): Promise<void> {
    await rm(join(this.path, name), { force: true });
  }

  release(): void {
    this.#lock.release();
  }

  async #empty(): Promise<void> {
    await Promise.all(ownNames.map(name => rm(join(this.path, name), { recursive: true, force: true })));
  }
}

/** Writes a JSON file of mode 0600 whole or not at all: a crash leaves the old one. */
export async function writeWhole(path: string, content: object): Promise<void> {
  const temporary = `${path}.${process.pid}.new`;
  await writeFile(temporary, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  await rename(temporary, path);
}

async function takeLock(path: string): Promise<FileLock> {
  let lock: FileLock | undefined;
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    lock = await lockFile(join(path, lockName), lockWaitMs);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StartRefused(`the data folder ${path} cannot be used: ${reason}`, { cause });
  }
  if (lock === undefined) {
    throw new StartRefused(`another installation is running on ${path}; stop it, or name another folder with --data`);
  }
  return lock;
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return z.object({ code: z.literal("ENOENT") }).safeParse(error).success;
}
