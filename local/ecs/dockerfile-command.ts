import * as z from "zod";
import { AssemblyError } from "../assembly/assembly-error.ts";

/** What a container of an image runs, and the environment that the image itself gives it. */
export interface ImageCommand {
  readonly entryPoint: readonly string[];
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

const ExecForm = z.array(z.string()).min(1);

/**
 * Reads ENTRYPOINT, CMD and ENV of a Dockerfile's last stage. Both commands must be in exec form
 * (`CMD ["node", "main.ts"]`): there is no shell of the image here.
 */
export function dockerfileCommand(dockerfile: string): ImageCommand {
  let image: ImageCommand = { entryPoint: [], command: [], environment: {} };
  for (const line of dockerfile.replaceAll(/\\\r?\n/g, " ").split(/\r?\n/)) {
    const [, instruction = "", rest = ""] = /^\s*([A-Za-z]+)\s+(.*)$/.exec(line) ?? [];
    switch (instruction.toUpperCase()) {
      case "FROM":
        image = { entryPoint: [], command: [], environment: {} };
        break;
      case "ENTRYPOINT":
        image = { ...image, entryPoint: execForm(instruction, rest) };
        break;
      case "CMD":
        image = { ...image, command: execForm(instruction, rest) };
        break;
      case "ENV":
        image = { ...image, environment: { ...image.environment, ...environmentIn(rest) } };
        break;
      default:
    }
  }
  return image;
}

function execForm(instruction: string, text: string): readonly string[] {
  if (!text.trimStart().startsWith("[")) {
    throw new AssemblyError(`${instruction} must be in exec form (a JSON array) to run here: ${text}`);
  }
  return ExecForm.parse(JSON.parse(text));
}

// `ENV A=1 B="two words"`, or the old `ENV A one value`.
function environmentIn(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/([A-Za-z_]\w*)=("(?:[^"\\]|\\.)*"|\S*)/g)];
  if (pairs.length > 0) {
    return Object.fromEntries(pairs.map(([, name, value = ""]) => [name, value.replace(/^"(.*)"$/, "$1")]));
  }
  const [, name = "", value = ""] = /^(\S+)\s+(.*)$/.exec(text.trim()) ?? [];
  return name === "" ? {} : { [name]: value };
}
