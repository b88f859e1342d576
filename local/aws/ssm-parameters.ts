import { join } from "node:path";
import * as z from "zod";
import { DurableJson } from "./durable-json.ts";

const Parameter = z.strictObject({
  name: z.string(),
  value: z.string(),
  type: z.enum(["String", "StringList", "SecureString"]),
  version: z.int(),
  modifiedAt: z.string(),
  /** The value that the template gave it last. */
  seed: z.string().optional(),
});
export type Parameter = z.infer<typeof Parameter>;

const ParameterFile = z.strictObject({ parameters: z.record(z.string(), Parameter) });

/** The parameters of the installation, in one file of mode 0600. */
export class SsmParameters {
  readonly #file: DurableJson<z.infer<typeof ParameterFile>>;
  readonly #now: () => number;

  constructor(dataDir: string, now: () => number) {
    this.#file = new DurableJson(join(dataDir, "ssm.json"), ParameterFile, { parameters: {} });
    this.#now = now;
  }

  get(name: string): Parameter | undefined {
    return this.#file.value.parameters[name];
  }

  put(name: string, value: string, type: Parameter["type"]): Parameter {
    return this.#save({ ...this.#next(name, value, type), seed: this.get(name)?.seed });
  }

  /**
   * Gives a parameter the value of the template. As CloudFormation does, it writes only where the template's value is
   * another than last time: a value that an operator has changed since stays.
   */
  seed(name: string, value: string, type: Parameter["type"] = "String"): void {
    if (this.get(name)?.seed === value) return;
    this.#save({ ...this.#next(name, value, type), seed: value });
  }

  #next(name: string, value: string, type: Parameter["type"]): Parameter {
    const version = (this.get(name)?.version ?? 0) + 1;
    return { name, value, type, version, modifiedAt: new Date(this.#now()).toISOString() };
  }

  #save(parameter: Parameter): Parameter {
    this.#file.save({ parameters: { ...this.#file.value.parameters, [parameter.name]: parameter } });
    return parameter;
  }
}
