import * as z from "zod";
import { AssemblyError } from "./assembly-error.ts";
import { type Identity, identify } from "./identity.ts";
import { resolveIntrinsics, type Scope } from "./intrinsics.ts";
import { arnIn, type Place } from "./place.ts";
import type { Template, TemplateResource } from "./template.ts";

// Newer than any version a template asks of `cdk bootstrap`: nothing is uploaded here, so its age does not matter.
const bootstrapVersion = "999";

/** One stack's names: what its intrinsic functions mean here. */
export class StackScope implements Scope {
  readonly availabilityZones: readonly string[];
  readonly #stack: string;
  readonly #template: Template;
  readonly #place: Place;
  readonly #importValue: (name: string) => unknown;
  readonly #identities = new Map<string, Identity>();

  constructor(stack: string, template: Template, place: Place, importValue: (name: string) => unknown) {
    this.#stack = stack;
    this.#template = template;
    this.#place = place;
    this.#importValue = importValue;
    this.availabilityZones = [`${place.region}a`, `${place.region}b`, `${place.region}c`];
  }

  resolve(value: unknown): unknown {
    return resolveIntrinsics(value, this);
  }

  importValue(name: string): unknown {
    return this.#importValue(name);
  }

  ref(name: string): unknown {
    if (name.startsWith("AWS::")) return this.#pseudoParameter(name);
    const parameter = this.#template.Parameters[name];
    if (parameter !== undefined) return this.#parameterValue(name, parameter);
    return this.identity(name).ref;
  }

  attribute(logicalId: string, name: string): unknown {
    const { attributes } = this.identity(logicalId);
    const value = attributes[name];
    if (value !== undefined) return value;
    // A resource that only exists on AWS (a subnet, an alarm) has attributes nobody reads here.
    if (attributes["*"] !== undefined) return `${logicalId}.${name}`;
    throw new AssemblyError(`the runner does not know the attribute ${name} of ${this.#describe(logicalId)}`);
  }

  mapping(map: string, first: string, second: string): unknown {
    const value = this.#template.Mappings[map]?.[first]?.[second];
    if (value === undefined) throw new AssemblyError(`${this.#stack} has no mapping ${map}.${first}.${second}`);
    return value;
  }

  condition(name: string): boolean {
    if (!(name in this.#template.Conditions)) throw new AssemblyError(`${this.#stack} has no condition ${name}`);
    return z.boolean().parse(this.resolve(this.#template.Conditions[name]));
  }

  identity(logicalId: string): Identity {
    const known = this.#identities.get(logicalId);
    if (known !== undefined) return known;
    const { Type, Properties } = this.#resource(logicalId);
    const text = (property: string): string | undefined => {
      const value = this.resolve(Properties[property]);
      return value === undefined ? undefined : String(value);
    };
    const resource = { stack: this.#stack, logicalId, type: Type, text };
    const identity = identify(resource, this.#place) ?? { ref: logicalId, attributes: { "*": logicalId } };
    this.#identities.set(logicalId, identity);
    return identity;
  }

  #resource(logicalId: string): TemplateResource {
    const resource = this.#template.Resources[logicalId];
    if (resource === undefined)
      throw new AssemblyError(`${this.#stack} refers to ${logicalId}, which it does not have`);
    return resource;
  }

  #describe(logicalId: string): string {
    return `${this.#stack}/${logicalId} (${this.#resource(logicalId).Type})`;
  }

  #parameterValue(name: string, parameter: Template["Parameters"][string]): unknown {
    if (parameter.Type.startsWith("AWS::SSM::Parameter::Value")) return this.#storedParameter(name, parameter.Default);
    if (parameter.Default !== undefined) return parameter.Default;
    throw new AssemblyError(`parameter ${name} of ${this.#stack} has no default, and nobody to ask for a value here`);
  }

  #storedParameter(name: string, path: unknown): string {
    if (typeof path === "string" && path.startsWith("/cdk-bootstrap/")) return bootstrapVersion;
    throw new AssemblyError(
      `parameter ${name} of ${this.#stack} takes its value from SSM before anything is there: ${path}`,
    );
  }

  #pseudoParameter(name: string): unknown {
    switch (name) {
      case "AWS::Region":
        return this.#place.region;
      case "AWS::AccountId":
        return this.#place.accountId;
      case "AWS::Partition":
        return "aws";
      case "AWS::URLSuffix":
        return "amazonaws.com";
      case "AWS::StackName":
        return this.#stack;
      case "AWS::StackId":
        return arnIn(this.#place, "cloudformation", `stack/${this.#stack}/local`);
      case "AWS::NotificationARNs":
        return [];
      case "AWS::NoValue":
        return undefined;
      default:
        throw new AssemblyError(`the pseudo parameter ${name} is not understood`);
    }
  }
}
