import { cp, glob, rm, stat } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { type BuildOptions, build } from "esbuild";
import { functionsDir, moduleOf, socketHostDir } from "./bundled-code.ts";

const root = join(import.meta.dirname, "..");

// Some dependencies are CommonJS and ask for `require`, which an ES module lacks. The long name cannot collide with
// those the minifier makes up.
const requireBanner =
  'import { createRequire as createRequireOfBundle } from "node:module"; const require = createRequireOfBundle(import.meta.url);';

const options: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node24",
  minify: true,
  keepNames: true,
  sourcemap: "linked",
  legalComments: "none",
  charset: "utf8",
  outExtension: { ".js": ".mjs" },
  banner: { js: requireBanner },
  logLevel: "error",
};

/** Bundles the handler.ts of every function in one run: what two of them use is one chunk, named by its hash. */
async function bundleFunctions(): Promise<number> {
  const entryPoints: { in: string; out: string }[] = [];
  for await (const path of glob("functions/**/handler.ts", { cwd: root })) {
    entryPoints.push({ in: path, out: moduleOf(relative("functions", dirname(path))) });
  }
  entryPoints.sort((one, other) => one.out.localeCompare(other.out));
  await rm(functionsDir, { recursive: true, force: true });
  await build({
    ...options,
    entryPoints,
    outdir: functionsDir,
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
  });
  return entryPoints.length;
}

/**
 * Bundles the socket host, but for Baileys: the image installs it from the lockfile, because it loads files of its own
 * at run time, and so that its GPL-licensed part stays a package apart.
 */
async function bundleSocketHost(): Promise<void> {
  await rm(socketHostDir, { recursive: true, force: true });
  await build({
    ...options,
    entryPoints: [{ in: "socket-host/main.ts", out: "main" }],
    outdir: socketHostDir,
    external: ["@whiskeysockets/baileys"],
  });
  const staged = ["socket-host/Dockerfile", "package.json", "package-lock.json", "LICENSE", "NOTICE"];
  await Promise.all(staged.map(path => cp(join(root, path), join(socketHostDir, basename(path)))));
}

/** Makes everything that is deployed as code; the same sources always give the same bytes. Answers what it made. */
export async function bundle(): Promise<string> {
  const [functions] = await Promise.all([bundleFunctions(), bundleSocketHost()]);
  const host = await stat(join(socketHostDir, "main.mjs"));
  return `bundled ${functions} functions and the socket host (${Math.round(host.size / 1024)} KB) into dist/`;
}

if (import.meta.main) process.stdout.write(`${await bundle()}\n`);
