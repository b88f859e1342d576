import { existsSync } from "node:fs";
import { join } from "node:path";

const dist = join(import.meta.dirname, "..", "dist");

/** Where the bundled handlers lie: one folder, since they share chunks. */
export const functionsDir = join(dist, "functions");
/** The build context of the socket host's image: main.mjs, its Dockerfile, the package files and the licences. */
export const socketHostDir = join(dist, "socket-host");

/** The app was synthesized without what `npm run bundle` makes. */
export class BundleMissing extends Error {
  override readonly name = "BundleMissing";
  readonly code = "bundle_missing";
}

/** The bundled module of a function's folder, without its extension: that of `api/sessions` is `api-sessions`. */
export function moduleOf(folder: string): string {
  return folder.replaceAll("/", "-");
}

/** What Lambda calls for a function's folder. Throws BundleMissing where that function was not bundled. */
export function handlerOf(folder: string): string {
  const module = moduleOf(folder);
  if (!existsSync(join(functionsDir, `${module}.mjs`))) {
    throw new BundleMissing(`functions/${folder}/handler.ts is not bundled: run \`npm run bundle\` first`);
  }
  return `${module}.handler`;
}

/** The folder that holds the socket host's image. Throws BundleMissing where it was not bundled. */
export function socketHostContext(): string {
  if (!existsSync(join(socketHostDir, "main.mjs"))) {
    throw new BundleMissing("socket-host/main.ts is not bundled: run `npm run bundle` first");
  }
  return socketHostDir;
}
