import { createHash, randomUUID } from "node:crypto";
import { createReadStream, createWriteStream, existsSync, mkdirSync } from "node:fs";
import { copyFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** The bytes that came are not those that their name stands for. */
export class WrongHash extends Error {
  readonly code = "wrong_hash";
  override readonly name = "WrongHash";
}

/** The encrypted files that clients uploaded, each named by the base64url of its SHA-256; nothing here can read them. */
export class MediaFiles {
  readonly #goneAs = new Map<string, number>();
  readonly #folder: string;

  constructor(dataDir: string) {
    this.#folder = join(dataDir, "media");
    mkdirSync(this.#folder, { recursive: true });
  }

  static isName(text: string): boolean {
    return /^[A-Za-z0-9_-]{43}$/.test(text);
  }

  static nameIn(directPath: string): string {
    return directPath.split("?")[0]?.split("/").at(-1) ?? "";
  }

  /** Keeps what streams in, if it is what the name says. */
  async upload(name: string, bytes: Readable): Promise<void> {
    const part = join(this.#folder, `${randomUUID()}.part`);
    const hash = createHash("sha256");
    try {
      const hashed = async function* (source: AsyncIterable<Buffer>) {
        for await (const chunk of source) {
          hash.update(chunk);
          yield chunk;
        }
      };
      await pipeline(bytes, hashed, createWriteStream(part));
      if (hash.digest("base64url") !== name) throw new WrongHash("the file is not the one that was announced");
      await rename(part, join(this.#folder, name));
    } finally {
      await rm(part, { force: true });
    }
  }

  /** Takes over a file that was made on this machine. */
  async adopt(name: string, path: string): Promise<void> {
    await copyFile(path, join(this.#folder, name));
    await rm(path);
  }

  /** Takes a file off the host. Phones keep theirs, unless they forget it too. */
  async expire(
    directPath: string,
    { forget, status }: { readonly forget: boolean; readonly status: number },
  ): Promise<void> {
    const name = MediaFiles.nameIn(directPath);
    this.#goneAs.set(name, status);
    if (forget) await rm(this.#kept(name), { force: true });
    else if ((await this.sizeOf(name)) !== undefined) await copyFile(join(this.#folder, name), this.#kept(name));
    await rm(join(this.#folder, name), { force: true });
  }

  /** Puts a file back on the host, from a phone; answers where it is now, or undefined where no phone has it. */
  async uploadAgain(directPath: string): Promise<string | undefined> {
    const name = MediaFiles.nameIn(directPath);
    if (existsSync(this.#kept(name))) await rename(this.#kept(name), join(this.#folder, name));
    if ((await this.sizeOf(name)) === undefined) return undefined;
    return `${directPath.split("?")[0]}?again=${randomUUID()}`;
  }

  /** What the host answers for a file that it has no more: 404, or 403 where its address has expired. */
  goneStatus(name: string): number {
    return this.#goneAs.get(name) ?? 404;
  }

  #kept(name: string): string {
    return join(this.#folder, `${name}.kept`);
  }

  /** The size in bytes, or undefined where there is no such file any more. */
  async sizeOf(name: string): Promise<number | undefined> {
    const found = await stat(join(this.#folder, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
    return found?.size;
  }

  read(name: string, range: { readonly start: number; readonly end?: number } = { start: 0 }): Readable {
    return createReadStream(join(this.#folder, name), range);
  }
}
