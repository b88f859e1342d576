import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { WasaasApp } from "../../lib/wasaas-app.ts";

const CfnResource = z.looseObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  DeletionPolicy: z.string().optional(),
  UpdateReplacePolicy: z.string().optional(),
});
const CfnTemplate = z.looseObject({
  Parameters: z.record(z.string(), z.unknown()).default({}),
  Resources: z.record(z.string(), CfnResource),
  Outputs: z.record(z.string(), z.unknown()).default({}),
});
export type CfnTemplate = z.infer<typeof CfnTemplate>;

export interface Synthesized {
  readonly app: WasaasApp;
  readonly directory: string;
  readonly data: CfnTemplate;
  readonly commands: CfnTemplate;
  readonly service: CfnTemplate;
}

/** The app as `node bin/app.ts` makes it of what is bundled, with other settings where a test gives them. */
export async function synthesized(
  settings: Record<string, unknown> = {},
  plugins?: (app: WasaasApp) => void,
): Promise<Synthesized> {
  const directory = await mkdtemp(join(tmpdir(), "wasaas-synth-"));
  const app = new WasaasApp({ context: { ...(await contextOfCdkJson()), ...settings }, outdir: directory });
  plugins?.(app);
  app.synth();
  const read = (stack: string) => readTemplate(join(directory, `${stack}.template.json`));
  const [data, commands, service] = await Promise.all([read("Data"), read("Commands"), read("Service")]);
  return { app, directory, data, commands, service };
}

async function readTemplate(path: string): Promise<CfnTemplate> {
  return CfnTemplate.parse(JSON.parse(await readFile(path, "utf8")));
}

async function contextOfCdkJson(): Promise<Record<string, unknown>> {
  const text = await readFile(join(import.meta.dirname, "..", "..", "cdk.json"), "utf8");
  return z.object({ context: z.record(z.string(), z.unknown()) }).parse(JSON.parse(text)).context;
}

/** The resources of one type, by their logical ids. */
export function resourcesOf(template: CfnTemplate, type: string) {
  return Object.entries(template.Resources)
    .filter(([, resource]) => resource.Type === type)
    .map(([id, resource]) => ({ id, ...resource }));
}
