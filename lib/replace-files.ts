import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";

/**
 * Makes a folder hold exactly these files, by their paths in it. What is the same already is not touched, and what
 * changes is replaced in one step: whoever reads the folder meanwhile never meets half a file.
 */
export async function replaceFiles(folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  for (const [path, contents] of files) await replaceFile(folder, path, contents);
  const present = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of present) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    if (!files.has(relative(folder, path))) await rm(path, { force: true });
  }
}

async function replaceFile(folder: string, name: string, contents: Uint8Array): Promise<void> {
  const path = join(folder, name);
  if (await holds(path, contents)) return;
  await mkdir(dirname(path), { recursive: true });
  // Beside the folder, where another run that clears the folder up does not take it for something left over.
  const fresh = `${folder}.${randomUUID()}`;
  await writeFile(fresh, contents);
  await rename(fresh, path);
}

async function holds(path: string, contents: Uint8Array): Promise<boolean> {
  try {
    return (await readFile(path)).equals(contents);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
    throw error;
  }
}
