import * as z from "zod";

/** A process was started with an environment that its schema refuses: names the variables, never their values. */
export class EnvironmentInvalid extends Error {
  override readonly name = "EnvironmentInvalid";
  readonly code = "environment_invalid";
}

/**
 * Parses a process' environment once, at start. The same schema types the CDK construct that sets the variables, so
 * a missing one is a compile error there and one clear line here.
 */
export function parseEnvironment<S extends z.ZodObject>(schema: S, environment: NodeJS.ProcessEnv): z.output<S> {
  const parsed = schema.safeParse(environment);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(issue => `${issue.path.join(".")}: ${issue.message}`);
  throw new EnvironmentInvalid(`environment is invalid: ${faults.join("; ")}`);
}

/** Where commands ring: the queue of shard 0, whose name ends in `-000`; the others differ in that number alone. */
export const commandQueueEnvironment = {
  COMMAND_QUEUE_URL: z.url().regex(/-000$/, "must be the queue of shard 0, ending in -000"),
  SHARD_COUNT: z.coerce.number().int().min(1).max(1000),
};

export const eventTopicEnvironment = { EVENT_TOPIC_ARN: z.string().startsWith("arn:") };
export const encryptionEnvironment = { ENCRYPTION_KEY_ARN: z.string().startsWith("arn:") };
export const mediaBucketEnvironment = { MEDIA_BUCKET: z.string().min(3) };
