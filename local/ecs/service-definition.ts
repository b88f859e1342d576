import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import type { Assembly, AssemblyResource } from "../assembly/assembly.ts";
import { AssemblyError } from "../assembly/assembly-error.ts";
import { dockerfileCommand } from "./dockerfile-command.ts";

/** One ECS service of the template: what each of its tasks runs. */
export interface ServiceDefinition {
  readonly cluster: string;
  readonly name: string;
  readonly taskDefinitionArn: string;
  readonly family: string;
  readonly desiredCount: number;
  /** The folder the image is built from; the program runs in it. */
  readonly directory: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** SSM parameter names, by the variable that takes each value at every start of a task. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly taskRoleName: string | undefined;
  readonly stopTimeoutMs: number;
}

const Container = z.object({
  Name: z.string(),
  Image: z.string(),
  Command: z.array(z.string()).optional(),
  EntryPoint: z.array(z.string()).optional(),
  Environment: z.array(z.object({ Name: z.string(), Value: z.coerce.string() })).default([]),
  Secrets: z.array(z.object({ Name: z.string(), ValueFrom: z.string() })).default([]),
  // ECS's default: 30 seconds between SIGTERM and SIGKILL.
  StopTimeout: z.coerce.number().default(30),
});
const TaskProperties = z.object({
  ContainerDefinitions: z.tuple([Container]),
  Family: z.string().optional(),
  TaskRoleArn: z.string().optional(),
});
const ServiceProperties = z.object({
  Cluster: z.string().default("default"),
  DesiredCount: z.coerce.number().default(1),
  TaskDefinition: z.string(),
});

/** The ECS services of the assembly. @throws AssemblyError where one cannot run as a process */
export async function serviceDefinitions(assembly: Assembly): Promise<readonly ServiceDefinition[]> {
  return Promise.all(assembly.ofType("AWS::ECS::Service").map(resource => definitionOf(assembly, resource)));
}

async function definitionOf(assembly: Assembly, resource: AssemblyResource): Promise<ServiceDefinition> {
  const label = `${resource.stack}/${resource.logicalId}`;
  const service = ServiceProperties.parse(resource.properties);
  const taskDefinition = assembly.find("AWS::ECS::TaskDefinition", service.TaskDefinition);
  const task = TaskProperties.safeParse(taskDefinition?.properties);
  if (!task.success) {
    throw new AssemblyError(`the tasks of ${label} cannot run here: ${z.prettifyError(task.error)}`);
  }
  const { ContainerDefinitions, Family, TaskRoleArn } = task.data;
  const [container] = ContainerDefinitions;
  const image = assembly.assets.images.get(container.Image.slice(container.Image.lastIndexOf(":") + 1));
  if (image === undefined) throw new AssemblyError(`the image of ${label} is not among the assets: ${container.Image}`);
  const built = dockerfileCommand(await readFile(join(image.directory, image.dockerfile), "utf8"));
  // A container that sets its own entry point drops the image's command, as Docker does.
  const imageCommand = container.EntryPoint === undefined ? built.command : [];
  return {
    cluster: service.Cluster.replace(/^.*:cluster\//, ""),
    name: resource.identity.attributes.Name ?? resource.logicalId,
    taskDefinitionArn: service.TaskDefinition,
    family: Family ?? resource.logicalId,
    desiredCount: service.DesiredCount,
    directory: image.directory,
    command: [...(container.EntryPoint ?? built.entryPoint), ...(container.Command ?? imageCommand)],
    environment: {
      ...built.environment,
      ...Object.fromEntries(container.Environment.map(({ Name, Value }) => [Name, Value])),
    },
    secrets: Object.fromEntries(
      container.Secrets.map(({ Name, ValueFrom }) => [Name, parameterName(ValueFrom, label)]),
    ),
    taskRoleName: TaskRoleArn?.replace(/^.*:role\//, ""),
    stopTimeoutMs: container.StopTimeout * 1000,
  };
}

// arn:aws:ssm:REGION:ACCOUNT:parameter/NAME, where a name with a leading slash keeps it, or the bare name.
function parameterName(valueFrom: string, label: string): string {
  const inArn = /^arn:aws:ssm:[^:]*:[^:]*:parameter(\/.+)$/.exec(valueFrom)?.[1];
  if (inArn === undefined && valueFrom.startsWith("arn:")) {
    throw new AssemblyError(`${label} takes a secret from what is not here: ${valueFrom}`);
  }
  return inArn ?? valueFrom;
}
