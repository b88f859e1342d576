import { readFile } from "node:fs/promises";
import * as z from "zod";
import { AssemblyError } from "./assembly-error.ts";

/** Reads and parses one JSON file of the assembly; throws an AssemblyError that names the file. */
export async function readJson<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.infer<Schema>> {
  try {
    return schema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new AssemblyError(`${path} is not readable as part of a cloud assembly: ${reason}`, { cause });
  }
}
