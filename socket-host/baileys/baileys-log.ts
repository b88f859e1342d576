import type { SocketConfig } from "@whiskeysockets/baileys";
import * as z from "zod";
import type { Log } from "../../domain/log.ts";

type BaileysLogger = SocketConfig["logger"];

const Failure = z.object({ message: z.string(), output: z.object({ statusCode: z.number() }).optional() });
const Logged = z
  .object({ err: Failure.optional().catch(undefined), error: Failure.optional().catch(undefined) })
  .catch({});

/**
 * Baileys' log on ours. It logs whole stanzas, keys and JIDs, so of what it says only the sentence is kept, with digits
 * blanked, and of an error its message and status code; and only what it warns of. Its errors are mostly a connection that broke, which
 * the engine tells itself: none of them asks for anyone to act.
 */
export function baileysLog(log: Log): BaileysLogger {
  const silent = () => undefined;
  const tell =
    (say: (message: string, fields: Record<string, unknown>) => void) => (fields: unknown, text?: string) => {
      const { err, error } = Logged.parse(fields);
      const failure = err ?? error;
      say("baileys said", {
        said: blankDigits(text ?? (typeof fields === "string" ? fields : "")),
        ...(failure === undefined
          ? {}
          : { reason: blankDigits(failure.message), statusCode: failure.output?.statusCode }),
      });
    };
  const logger: BaileysLogger = {
    level: "warn",
    child: () => logger,
    trace: silent,
    debug: silent,
    info: silent,
    warn: tell((message, fields) => log.debug(message, fields)),
    error: tell((message, fields) => log.warn(message, fields)),
  };
  return logger;
}

function blankDigits(text: string): string {
  return text.replaceAll(/\d{4,}/g, "…");
}
