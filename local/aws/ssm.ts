import * as z from "zod";
import { type AwsCall, type AwsReply, type AwsService, jsonReply } from "./aws-call.ts";
import { AwsError } from "./aws-error.ts";
import type { Partition } from "./iam/authorization.ts";
import type { Parameter, SsmParameters } from "./ssm-parameters.ts";

const GetParameter = z.object({ Name: z.string() });
const GetParameters = z.object({ Names: z.array(z.string()).min(1).max(10) });
const PutParameter = z.object({
  Name: z.string().regex(/^[\w./-]+$/),
  Value: z.string().min(1).max(4096),
  Type: z.enum(["String", "StringList", "SecureString"]).optional(),
  Overwrite: z.boolean().default(false),
});

/** SSM's parameter store: GetParameter, GetParameters, PutParameter. */
export function ssmService(parameters: SsmParameters, where: Partition): AwsService {
  return { answer: async call => answer(parameters, where, call) };
}

function answer(parameters: SsmParameters, where: Partition, call: AwsCall): AwsReply {
  const input = call.input();
  switch (call.operation) {
    case "GetParameter": {
      const name = nameOf(GetParameter.parse(input).Name);
      const parameter = parameters.get(name);
      if (parameter === undefined) throw new AwsError("ParameterNotFound", `Parameter ${name} not found.`);
      return jsonReply({ Parameter: described(parameter, where) });
    }
    case "GetParameters": {
      const names = GetParameters.parse(input).Names.map(nameOf);
      const found = names.flatMap(name => parameters.get(name) ?? []);
      const missing = names.filter(name => parameters.get(name) === undefined);
      return jsonReply({ Parameters: found.map(one => described(one, where)), InvalidParameters: missing });
    }
    case "PutParameter": {
      const { Name, Value, Type, Overwrite } = PutParameter.parse(input);
      const existing = parameters.get(Name);
      if (existing !== undefined && !Overwrite) {
        throw new AwsError("ParameterAlreadyExists", "The parameter already exists. To overwrite it, set Overwrite.");
      }
      const type = Type ?? existing?.type;
      if (type === undefined)
        throw new AwsError("ValidationException", "A parameter type is required when you create a parameter.");
      return jsonReply({ Version: parameters.put(Name, Value, type).version, Tier: "Standard" });
    }
    default:
      throw new AwsError("UnknownOperationException", `SSM ${call.operation} is not emulated here`);
  }
}

/** The parameter's name from a name or an ARN; a name with a path keeps its leading slash. */
function nameOf(nameOrArn: string): string {
  if (!nameOrArn.startsWith("arn:")) return nameOrArn;
  const path = nameOrArn.split(":parameter")[1] ?? nameOrArn;
  return path.indexOf("/", 1) === -1 ? path.slice(1) : path;
}

function described(parameter: Parameter, where: Partition): object {
  const path = parameter.name.startsWith("/") ? parameter.name : `/${parameter.name}`;
  return {
    Name: parameter.name,
    Type: parameter.type,
    Value: parameter.value,
    Version: parameter.version,
    LastModifiedDate: Date.parse(parameter.modifiedAt) / 1000,
    ARN: `arn:aws:ssm:${where.region}:${where.accountId}:parameter${path}`,
    DataType: "text",
  };
}
