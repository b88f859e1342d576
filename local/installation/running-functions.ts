import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { Assembly } from "../assembly/assembly.ts";
import type { Logger } from "../aws/logger.ts";
import { startEventSourceMappings } from "../lambda/event-source-mappings.ts";
import { functionDefinitions } from "../lambda/function-definition.ts";
import { Functions } from "../lambda/functions.ts";
import { Schedules, type SchedulesOptions } from "../lambda/schedules.ts";
import { startFunctionSubscription } from "../lambda/topic-subscriptions.ts";
import type { Closing } from "./closing.ts";
import type { Ground } from "./ground.ts";
import { logOutput } from "./output-lines.ts";
import { type Clients, provision } from "./provision/provision.ts";
import { functionVariables } from "./runtime-variables.ts";

export interface RunningFunctionsOptions {
  /** What functions are told here and never on AWS. */
  readonly additions: Readonly<Record<string, string>>;
  readonly environmentsMax: number;
  readonly log: Logger;
  readonly now: () => number;
}

// Together with the drain of the tasks it stays well below the ten seconds that a stop may take.
const invocationGraceMs = 1_500;

/** Makes what the template's functions work on, then starts the functions and everything that feeds them. */
export async function startFunctions(
  ground: Ground,
  clients: Clients,
  { additions, environmentsMax, log, now }: RunningFunctionsOptions,
  closing: Closing,
): Promise<Functions> {
  const { assembly, principals } = ground;
  const functions = new Functions({
    definitions: functionDefinitions(assembly),
    variablesOf: definition => {
      const accessKey = ground.accessKey(principals.accessKeyOf(definition.roleName));
      return { ...functionVariables(definition, assembly.place, accessKey), ...additions };
    },
    onOutput: (definition, stream) => logOutput(stream, definition.name, log),
    environmentsMax,
    log,
    now,
  });
  closing.add(() => functions.close(0));
  const subscriptions = await provision(assembly, ground.front, clients, functions);
  const pollers = [
    ...startEventSourceMappings(assembly, ground.front.queues, functions, log),
    ...subscriptions.map(one => startFunctionSubscription(one, ground.front.queues, functions, log)),
  ];
  const schedules = new Schedules({ assembly, callTarget: targetCaller(assembly, functions, clients.sqs), log, now });
  // Whoever feeds the functions stops while they still run, and they end whoever would take too long.
  closing.add(async () => {
    const fed = Promise.all([...pollers.map(poller => poller.stop()), schedules.stop()]);
    await functions.close(invocationGraceMs);
    await fed;
  });
  return functions;
}

function targetCaller(assembly: Assembly, functions: Functions, sqs: SQSClient): SchedulesOptions["callTarget"] {
  return async (targetArn, event) => {
    const definition = functions.find(targetArn);
    // A function that fails is logged where it is invoked; its next turn comes with the next tick.
    if (definition !== undefined) await functions.invokeInBackground(definition, event);
    const queue = assembly.find("AWS::SQS::Queue", targetArn);
    if (queue !== undefined) {
      await sqs.send(new SendMessageCommand({ QueueUrl: queue.identity.ref, MessageBody: event }));
    }
  };
}
