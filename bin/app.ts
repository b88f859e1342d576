import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { BundleMissing } from "../lib/bundled-code.ts";
import { SettingsInvalid } from "../lib/settings.ts";
import { WasaasApp } from "../lib/wasaas-app.ts";

// The CDK command line passes the context of cdk.json itself; run without it, the app must read it to come to the same
// templates. What the command line passes wins over this.
const CdkJson = z.object({ context: z.record(z.string(), z.json()) });
const { context } = CdkJson.parse(JSON.parse(readFileSync(join(import.meta.dirname, "..", "cdk.json"), "utf8")));

try {
  new WasaasApp({ context }).synth();
} catch (error) {
  // What the operator can mend by reading one line needs no stack trace.
  if (!(error instanceof BundleMissing || error instanceof SettingsInvalid)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
