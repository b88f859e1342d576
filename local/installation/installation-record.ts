import { createHash } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { type DataFolder, writeWhole } from "./data-folder.ts";
import { StartRefused } from "./start-refused.ts";

/** What the operator's command line needs to reach a running installation. */
export const InstallationRecord = z.object({
  dataDir: z.string(),
  /** The REST API's own address with its stage: `/admin/tenants` follows. */
  adminUrl: z.url(),
  region: z.string(),
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
  pid: z.number().int(),
  startedAt: z.iso.datetime(),
});
export type InstallationRecord = z.infer<typeof InstallationRecord>;

const fileName = "installation.json";

/** `${XDG_STATE_HOME:-~/.local/state}/wasaas/installations`: where running installations are found by their user. */
export function stateFolder(environment: NodeJS.ProcessEnv): string {
  const state = environment.XDG_STATE_HOME;
  return join(state === undefined || state === "" ? join(homedir(), ".local", "state") : state, "wasaas/installations");
}

/** Records a running installation in the user's state folder and in its data folder; both files are 0600. */
export async function recordInstallation(
  record: InstallationRecord,
  folder: DataFolder,
  stateDir: string,
): Promise<{ remove(): Promise<void> }> {
  const name = createHash("sha256").update(record.dataDir).digest("hex").slice(0, 32);
  const path = join(stateDir, `${name}.json`);
  try {
    await mkdir(stateDir, { recursive: true, mode: 0o700 });
    await writeWhole(path, record);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StartRefused(`the state folder ${stateDir} cannot be written: ${reason}`, { cause });
  }
  await folder.write(fileName, record);
  return {
    remove: async () => {
      await rm(path, { force: true });
      await folder.remove(fileName);
    },
  };
}
