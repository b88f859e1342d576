import { mkdir, mkdtemp, readdir, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { DataFolder } from "../../../local/installation/data-folder.ts";
import { lockFile } from "../../../local/installation/file-lock.ts";
import { StartRefused } from "../../../local/installation/start-refused.ts";

const temporary = (): Promise<string> => mkdtemp(join(tmpdir(), "data-folder-"));

describe("DataFolder", () => {
  it("keeps JSON files that only their owner can read", async () => {
    const folder = await DataFolder.open(join(await temporary(), "new"), { fresh: false });
    await folder.write("ports.json", { a: 1 });
    expect(await folder.read("ports.json", z.object({ a: z.number() }))).toEqual({ a: 1 });
    expect((await stat(join(folder.path, "ports.json"))).mode & 0o777).toBe(0o600);
    expect(await folder.read("demo-tenant.json", z.object({}))).toBeUndefined();
    folder.release();
  });

  it("forgets everything of the installation when it is opened fresh, and nothing of anybody else", async () => {
    const path = await temporary();
    await mkdir(join(path, "aws"));
    for (const name of ["aws/table", "ports.json", "thesis.odt"]) await writeFile(join(path, name), "{}");
    const folder = await DataFolder.open(path, { fresh: true });
    expect((await readdir(path)).filter(name => !name.startsWith("lock.db"))).toEqual(["thesis.odt"]);
    folder.release();
  });

  it("says in one line which file is damaged", async () => {
    const folder = await DataFolder.open(await temporary(), { fresh: false });
    await writeFile(join(folder.path, "ports.json"), "{");
    await expect(folder.read("ports.json", z.object({}))).rejects.toThrow(StartRefused);
    folder.release();
  });

  it("says in one line that an earlier version wrote it, and is free again", async () => {
    const path = await temporary();
    await mkdir(join(path, "aws", "dynamodb"), { recursive: true });
    await writeFile(join(path, "aws", "dynamodb", "CURRENT"), "MANIFEST-000001\n");
    await expect(DataFolder.open(path, { fresh: false })).rejects.toThrow(/earlier version .* start with --fresh/);
    (await DataFolder.open(path, { fresh: true })).release();
  });

  it("says in one line that it cannot be written", async () => {
    const file = join(await temporary(), "file");
    await writeFile(file, "");
    await expect(DataFolder.open(join(file, "data"), { fresh: false })).rejects.toThrow(
      /data folder .* cannot be used/,
    );
  });
});

describe("lockFile", () => {
  it("is held by one at a time, and free again when it is released", async () => {
    const path = join(await temporary(), "lock.db");
    const first = await lockFile(path, 0);
    expect(first).toBeDefined();
    expect(await lockFile(path, 0)).toBeUndefined();
    const waiting = lockFile(path, 5_000);
    first?.release();
    const second = await waiting;
    expect(second).toBeDefined();
    second?.release();
  });
});
