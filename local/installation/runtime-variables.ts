import { AssemblyError } from "../assembly/assembly-error.ts";
import type { Place } from "../assembly/place.ts";
import type { ServiceDefinition } from "../ecs/service-definition.ts";
import type { FunctionDefinition } from "../lambda/function-definition.ts";
import type { AccessKey } from "./ground.ts";

type Variables = Readonly<Record<string, string>>;

const common = (place: Place, { accessKeyId, secretAccessKey }: AccessKey): Variables => ({
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  AWS_DEFAULT_REGION: place.region,
  AWS_ENDPOINT_URL: place.awsUrl,
  AWS_REGION: place.region,
  TZ: "UTC",
});

/** All of a function's process environment: what Lambda sets, and what the template gives it. */
export function functionVariables(definition: FunctionDefinition, place: Place, accessKey: AccessKey): Variables {
  return {
    ...common(place, accessKey),
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(definition.memoryMb),
    AWS_LAMBDA_FUNCTION_NAME: definition.name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    LAMBDA_TASK_ROOT: definition.directory,
    _HANDLER: definition.handler,
    ...definition.environment,
  };
}

/** All of a task's process environment. @throws AssemblyError where a secret's parameter does not exist */
export function taskVariables(
  definition: ServiceDefinition,
  place: Place,
  accessKey: AccessKey,
  parameter: (name: string) => string | undefined,
): Variables {
  const secrets = Object.entries(definition.secrets).map(([variable, name]): [string, string] => {
    const value = parameter(name);
    if (value === undefined) throw new AssemblyError(`a task of ${definition.name} wants the parameter ${name}`);
    return [variable, value];
  });
  return {
    PATH: process.env.PATH ?? "",
    ...common(place, accessKey),
    AWS_EXECUTION_ENV: "AWS_ECS_FARGATE",
    ...definition.environment,
    ...Object.fromEntries(secrets),
  };
}
