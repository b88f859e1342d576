import { execFile } from "node:child_process";
import { glob, readdir, readFile, stat } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { bundle } from "../../lib/bundle.ts";
import { functionsDir, socketHostDir } from "../../lib/bundled-code.ts";

const root = join(import.meta.dirname, "..", "..");

beforeAll(async () => void (await bundle()), 60_000);

async function handlers(): Promise<string[]> {
  const found: string[] = [];
  for await (const path of glob("functions/**/handler.ts", { cwd: root })) {
    found.push(path.split("/").slice(1, -1).join("-"));
  }
  return found.sort();
}

async function filesOf(folder: string): Promise<Map<string, number>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name));
  return new Map(await Promise.all(paths.map(async path => [path, (await stat(path)).mtimeMs] as const)));
}

describe("the bundle of the functions", () => {
  it("has one module a handler, and what they share once", async () => {
    const modules = (await readdir(functionsDir)).filter(name => name.endsWith(".mjs"));
    expect(modules.sort()).toEqual((await handlers()).map(name => `${name}.mjs`).sort());
    const sizes = await Promise.all(modules.map(async name => (await stat(join(functionsDir, name))).size));
    // The largest by far are those that alone use a client of AWS's: SSM's is 430 kB.
    expect(Math.max(...sizes)).toBeLessThan(450_000);
  });

  it("loads each handler as Lambda does, as far as its environment", async () => {
    // Each stops at its missing variables, which it names: everything it imports has been loaded by then.
    const script = `for (const name of ${JSON.stringify(await handlers())}) {
      try { await import(${JSON.stringify(functionsDir)} + "/" + name + ".mjs"); process.stdout.write("loaded "); }
      catch (error) { process.stdout.write(error.code + " "); }
    }`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], { env: {} });
    expect(stdout.trim().split(" ")).toEqual((await handlers()).map(() => "environment_invalid"));
  }, 30_000);

  it("is the same bytes from the same sources: a second run replaces nothing", async () => {
    const before = [await filesOf(functionsDir), await filesOf(socketHostDir)];
    await bundle();
    expect([await filesOf(functionsDir), await filesOf(socketHostDir)]).toEqual(before);
  }, 60_000);

  it("holds no code of Baileys or libsignal, which the rest's licence does not allow", async () => {
    for (const path of [...(await filesOf(functionsDir)).keys()].filter(path => path.endsWith(".map"))) {
      expect(await readFile(path, "utf8")).not.toMatch(/node_modules\/(@whiskeysockets|libsignal)/);
    }
  });
});

describe("the socket host's image", () => {
  it("is built from the bundle, the lockfile and the licences", async () => {
    const staged = await readdir(socketHostDir);
    const wanted = ["Dockerfile", "LICENSE", "NOTICE", "main.mjs", "package-lock.json", "package.json"];
    expect(staged.sort()).toEqual(wanted);
    const dockerfile = await readFile(join(socketHostDir, "Dockerfile"), "utf8");
    const copied = [...dockerfile.matchAll(/^COPY (.+) \.\/$/gm)].flatMap(match => (match[1] ?? "").split(" "));
    expect(["Dockerfile", ...copied].sort()).toEqual(wanted);
  });

  it("runs the Node that everything is tested on, as nobody in particular", async () => {
    const manifest = z.object({ devDependencies: z.object({ node: z.string() }) });
    const { node } = manifest.parse(JSON.parse(await readFile(join(root, "package.json"), "utf8"))).devDependencies;
    const dockerfile = await readFile(join(socketHostDir, "Dockerfile"), "utf8");
    expect(dockerfile).toContain(`FROM node:${node}-bookworm-slim\n`);
    expect(dockerfile).toMatch(/^USER node$/m);
    expect(dockerfile).toMatch(/^CMD \["node", "main\.mjs"\]$/m);
  });

  it("imports Baileys from its package, and only what the image installs", async () => {
    const Manifest = z.object({ dependencies: z.record(z.string(), z.string()) });
    const { dependencies } = Manifest.parse(JSON.parse(await readFile(join(root, "package.json"), "utf8")));
    const code = await readFile(join(socketHostDir, "main.mjs"), "utf8");
    const imports = /^(?:import|\}).* from "([@\w][\w@/.:-]*)";$|\bimport\("([@\w][\w@/.:-]*)"\)/gm;
    const imported = [...code.matchAll(imports)].map(match => match[1] ?? match[2] ?? "");
    const packages = new Set(imported.filter(name => !isBuiltin(name)));
    expect([...packages]).toContain("@whiskeysockets/baileys");
    // What a proxy's agent loads where a proxy asks for Kerberos, and does without, saying so, where it is not there.
    packages.delete("kerberos");
    for (const name of packages) expect(Object.keys(dependencies)).toContain(name);
  });
});
