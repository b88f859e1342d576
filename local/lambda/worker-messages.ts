import * as z from "zod";

/** What a worker thread is started with: which handler to load. */
export const WorkerStart = z.object({
  directory: z.string(),
  handler: z.string(),
  functionName: z.string(),
  functionArn: z.string(),
  memoryMb: z.number(),
});
export type WorkerStart = z.infer<typeof WorkerStart>;

/** One invocation; the event travels as JSON text, as it does on AWS. */
export const WorkerInvocation = z.object({ event: z.string(), requestId: z.string(), deadlineMs: z.number() });
export type WorkerInvocation = z.infer<typeof WorkerInvocation>;

const WorkerError = z.object({ errorType: z.string(), errorMessage: z.string(), trace: z.array(z.string()) });
export type WorkerError = z.infer<typeof WorkerError>;

/** What the worker says: that its module is loaded, that it could not be, or how an invocation ended. */
export const WorkerMessage = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ready") }),
  z.object({ type: z.literal("boot-failed"), error: WorkerError }),
  z.object({ type: z.literal("returned"), payload: z.string() }),
  z.object({ type: z.literal("threw"), error: WorkerError }),
]);
export type WorkerMessage = z.infer<typeof WorkerMessage>;
