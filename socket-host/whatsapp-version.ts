import { GetParameterCommand, type SSMClient } from "@aws-sdk/client-ssm";
import * as z from "zod";
import type { Log } from "../domain/log.ts";

export type WhatsAppVersion = readonly [number, number, number];

const keptMs = 60_000;
const Part = z.int().min(0);
const Version = z.union([
  z.literal("default").transform(() => undefined),
  z
    .string()
    .transform((text, context) => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: "custom", message: "is neither `default` nor JSON" });
        return z.NEVER;
      }
    })
    .pipe(z.tuple([Part, Part, Part])),
]);

/** Reads what the parameter says: `[2,3000,1234567890]`, or `default` for the engine's own (undefined). Throws on anything else. */
export function parseVersion(text: string): WhatsAppVersion | undefined {
  return Version.parse(text.trim());
}

/**
 * The WhatsApp Web version to claim at a connect, read again after a minute, so that "client too old" is mended by
 * writing a parameter. Where it cannot be read the last one known serves: a connection matters more than its version.
 */
export function versionSource(options: {
  ssm: SSMClient;
  parameter: string;
  monotonic: () => number;
  log: Log;
}): () => Promise<WhatsAppVersion | undefined> {
  const { ssm, parameter, monotonic, log } = options;
  let known: { version: WhatsAppVersion | undefined; atMs: number } | undefined;
  let reading: Promise<WhatsAppVersion | undefined> | undefined;
  const read = async () => {
    try {
      const { Parameter } = await ssm.send(new GetParameterCommand({ Name: parameter }));
      known = { version: parseVersion(Parameter?.Value ?? ""), atMs: monotonic() };
    } catch (error) {
      log.warn("whatsapp version not read, the last known one serves", { parameter, error });
    }
    reading = undefined;
    return known?.version;
  };
  return () => {
    if (known !== undefined && monotonic() - known.atMs < keptMs) return Promise.resolve(known.version);
    reading ??= read();
    return reading;
  };
}
