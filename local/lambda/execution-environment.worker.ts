import { existsSync } from "node:fs";
import { setPriority } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parentPort, workerData } from "node:worker_threads";
import { type WorkerError, WorkerInvocation, type WorkerMessage, WorkerStart } from "./worker-messages.ts";

// One execution environment of a Lambda function: its own thread, its own process.env, its own module graph.

// The emulated AWS and the socket hosts come first: a function that gets less of the processor only answers later, a host
// whose lease is not renewed in time loses its sessions. On Linux a thread has a priority of its own (setpriority(2));
// elsewhere this would be the whole process's.
if (process.platform === "linux") setPriority(10);

const start = WorkerStart.parse(workerData);
const port = parentPort;
if (port === null) throw new Error("an execution environment runs only in a worker thread");
const say = (message: WorkerMessage): void => port.postMessage(message);

function describe(error: unknown): WorkerError {
  const isError = error instanceof Error;
  return {
    errorType: isError ? error.name : "Error",
    errorMessage: isError ? error.message : String(error),
    trace: isError ? (error.stack ?? "").split("\n") : [],
  };
}

// It has had its effect when this thread began, and the function is to see its own variables alone.
delete process.env.NODE_COMPILE_CACHE;

async function loadHandler(): Promise<(event: unknown, context: unknown) => unknown> {
  const dot = start.handler.lastIndexOf(".");
  const [modulePath, exportName] = [start.handler.slice(0, dot), start.handler.slice(dot + 1)];
  const file = [".mjs", ".js", ".cjs"].map(ending => join(start.directory, modulePath + ending)).find(existsSync);
  if (file === undefined) throw new Error(`no module ${modulePath} in ${start.directory}`);
  const exported: Record<string, unknown> = await import(pathToFileURL(file).href);
  const handler = exported[exportName];
  if (typeof handler !== "function") throw new Error(`${start.handler} is not a function`);
  return (event, context) => handler(event, context);
}

function contextOf({ requestId, deadlineMs }: WorkerInvocation): object {
  return {
    awsRequestId: requestId,
    callbackWaitsForEmptyEventLoop: true,
    functionName: start.functionName,
    functionVersion: "$LATEST",
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
    invokedFunctionArn: start.functionArn,
    logGroupName: `/aws/lambda/${start.functionName}`,
    logStreamName: "local",
    memoryLimitInMB: String(start.memoryMb),
  };
}

try {
  const handler = await loadHandler();
  port.on("message", async (message: unknown) => {
    const invocation = WorkerInvocation.parse(message);
    try {
      const result = await handler(JSON.parse(invocation.event), contextOf(invocation));
      say({ type: "returned", payload: JSON.stringify(result) ?? "null" });
    } catch (error) {
      say({ type: "threw", error: describe(error) });
    }
  });
  say({ type: "ready" });
} catch (error) {
  say({ type: "boot-failed", error: describe(error) });
}
