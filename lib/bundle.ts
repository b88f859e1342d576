import { glob, readFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { type BuildOptions, build } from "esbuild";
import { functionsDir, moduleOf, socketHostDir } from "./bundled-code.ts";
import { replaceFiles } from "./replace-files.ts";

const root = join(import.meta.dirname, "..");

// Some dependencies are CommonJS and ask for `require`, which an ES module lacks. The long name collides with none of
// theirs.
const requireBanner =
  'import { createRequire as createRequireOfBundle } from "node:module"; const require = createRequireOfBundle(import.meta.url);';

const options = {
  absWorkingDir: root,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node24",
  // Names and lines stay readable, so that a stack needs no source map: loading one takes a fifth of a function's start
  // and fifty megabytes of a host.
  minifySyntax: true,
  legalComments: "none",
  outExtension: { ".js": ".mjs" },
  banner: { js: requireBanner },
  logLevel: "error",
  write: false,
} as const satisfies BuildOptions;

type Files = Map<string, Uint8Array>;

/** Bundles the handler.ts of every function in one run: what two of them use is one chunk, named by its hash. */
async function functionFiles(): Promise<Files> {
  const entryPoints: { in: string; out: string }[] = [];
  for await (const path of glob("functions/**/handler.ts", { cwd: root })) {
    entryPoints.push({ in: path, out: moduleOf(relative("functions", dirname(path))) });
  }
  // The order decides how chunks are cut, and that of a folder's listing is not the same everywhere.
  entryPoints.sort((one, other) => (one.out < other.out ? -1 : 1));
  const { outputFiles } = await build({
    ...options,
    entryPoints,
    outdir: functionsDir,
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
  });
  const files: Files = new Map(outputFiles.map(file => [relative(functionsDir, file.path), file.contents]));
  for (const path of documentationPage) files.set(path, await readFile(join(root, path)));
  return files;
}

/** What the page at /docs loads is served, not run: it is brought along as the package that it is. */
const documentationPage = ["package.json", "LICENSE", "NOTICE", "swagger-ui.css", "swagger-ui-bundle.js"].map(name =>
  join("node_modules", "swagger-ui-dist", name),
);

/**
 * Bundles the socket host, but for Baileys: the image installs it from the lockfile, because it loads files of its own
 * at run time, and so that its GPL-licensed part stays a package apart; and for sharp, which is
 * machine code. Beside it stands what the image is built from.
 */
async function socketHostFiles(): Promise<Files> {
  const { outputFiles } = await build({
    ...options,
    entryPoints: [{ in: "socket-host/main.ts", out: "main" }],
    outdir: socketHostDir,
    external: ["@whiskeysockets/baileys", "sharp"],
  });
  const files: Files = new Map(outputFiles.map(file => [relative(socketHostDir, file.path), file.contents]));
  for (const path of ["socket-host/Dockerfile", "package.json", "package-lock.json", "LICENSE", "NOTICE"]) {
    files.set(basename(path), await readFile(join(root, path)));
  }
  return files;
}

/** Makes everything that is deployed as code; the same sources always give the same bytes. Answers what it made. */
export async function bundle(): Promise<string> {
  const [functions, host] = await Promise.all([functionFiles(), socketHostFiles()]);
  await replaceFiles(functionsDir, functions);
  await replaceFiles(socketHostDir, host);
  const handlers = [...functions.keys()].filter(path => /^[^/]*\.mjs$/.test(path));
  const hostKilobytes = Math.round((host.get("main.mjs")?.length ?? 0) / 1024);
  return `bundled ${handlers.length} functions and the socket host (${hostKilobytes} KB) into dist/`;
}

/** esbuild has printed by then what it could not build, with the lines: a stack of its own adds nothing. */
async function run(): Promise<void> {
  try {
    process.stdout.write(`${await bundle()}\n`);
  } catch (error) {
    if (!(error instanceof Error && "errors" in error)) throw error;
    process.exitCode = 1;
  }
}

if (import.meta.main) await run();
