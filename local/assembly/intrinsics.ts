import * as z from "zod";
import { AssemblyError } from "./assembly-error.ts";

/** What the intrinsic functions of one template may refer to. */
export interface Scope {
  ref(name: string): unknown;
  attribute(logicalId: string, name: string): unknown;
  importValue(name: string): unknown;
  mapping(map: string, first: string, second: string): unknown;
  condition(name: string): boolean;
  readonly availabilityZones: readonly string[];
}

type Resolve = (value: unknown) => unknown;

const Text = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const Texts = z.array(Text);
const Record = z.record(z.string(), z.unknown());

/**
 * Replaces every CloudFormation intrinsic function in a value by what it stands for.
 * `AWS::NoValue` resolves to undefined, and undefined members are left out, as CloudFormation does.
 */
export function resolveIntrinsics(value: unknown, scope: Scope): unknown {
  const resolve: Resolve = inner => resolveIntrinsics(inner, scope);
  if (Array.isArray(value)) return value.map(resolve).filter(member => member !== undefined);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const [only] = entries;
  if (entries.length === 1 && only !== undefined) {
    const [name, argument] = only;
    if (name === "Ref") return scope.ref(z.string().parse(argument));
    if (name === "Condition" && typeof argument === "string") return scope.condition(argument);
    if (name.startsWith("Fn::")) return callFunction(name, argument, scope, resolve);
  }
  return Object.fromEntries(
    entries.map(([key, member]) => [key, resolve(member)]).filter(([, member]) => member !== undefined),
  );
}

function callFunction(name: string, argument: unknown, scope: Scope, resolve: Resolve): unknown {
  switch (name) {
    case "Fn::GetAtt":
      return getAttribute(argument, scope, resolve);
    case "Fn::Join": {
      const [separator, parts] = z.tuple([z.string(), z.unknown()]).parse(argument);
      return Texts.parse(resolve(parts)).join(separator);
    }
    case "Fn::Sub":
      return substitute(argument, scope, resolve);
    case "Fn::Select": {
      const [index, list] = z.tuple([z.unknown(), z.unknown()]).parse(argument);
      return z.array(z.unknown()).parse(resolve(list))[z.coerce.number().parse(resolve(index))];
    }
    case "Fn::Split": {
      const [separator, text] = z.tuple([z.string(), z.unknown()]).parse(argument);
      return Text.parse(resolve(text)).split(separator);
    }
    case "Fn::ImportValue":
      return scope.importValue(Text.parse(resolve(argument)));
    case "Fn::FindInMap": {
      const [map, first, second] = z.tuple([Text, Text, Text]).parse(resolve(argument));
      return scope.mapping(map, first, second);
    }
    case "Fn::GetAZs":
      return scope.availabilityZones;
    case "Fn::Base64":
      return Buffer.from(Text.parse(resolve(argument))).toString("base64");
    default:
      return callLogic(name, argument, scope, resolve);
  }
}

function callLogic(name: string, argument: unknown, scope: Scope, resolve: Resolve): unknown {
  switch (name) {
    case "Fn::If": {
      const [condition, whenTrue, whenFalse] = z.tuple([z.string(), z.unknown(), z.unknown()]).parse(argument);
      return resolve(scope.condition(condition) ? whenTrue : whenFalse);
    }
    case "Fn::Equals": {
      const [left, right] = z.tuple([Text, Text]).parse(resolve(argument));
      return left === right;
    }
    case "Fn::Not":
      return !z.tuple([z.boolean()]).parse(resolve(argument))[0];
    case "Fn::And":
      return z.array(z.boolean()).parse(resolve(argument)).every(Boolean);
    case "Fn::Or":
      return z.array(z.boolean()).parse(resolve(argument)).some(Boolean);
    default:
      throw new AssemblyError(`the intrinsic function ${name} is not understood`);
  }
}

function getAttribute(argument: unknown, scope: Scope, resolve: Resolve): unknown {
  if (typeof argument === "string") {
    const dot = argument.indexOf(".");
    return scope.attribute(argument.slice(0, dot), argument.slice(dot + 1));
  }
  const [logicalId, name] = z.tuple([z.string(), z.unknown()]).parse(argument);
  return scope.attribute(logicalId, Text.parse(resolve(name)));
}

function substitute(argument: unknown, scope: Scope, resolve: Resolve): string {
  const [text, variables] = Array.isArray(argument)
    ? z.tuple([z.string(), Record]).parse(argument)
    : [z.string().parse(argument), {}];
  return text.replaceAll(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
    if (literal === "!") return `\${${name}}`;
    if (name in variables) return Text.parse(resolve(variables[name]));
    const dot = name.indexOf(".");
    return Text.parse(dot < 0 ? scope.ref(name) : scope.attribute(name.slice(0, dot), name.slice(dot + 1)));
  });
}

/** The names that a raw template value refers to: logical ids and parameters. */
export function referencesOf(value: unknown): { readonly logicalIds: Set<string> } {
  const logicalIds = new Set<string>();
  const visit = (inner: unknown): void => {
    if (Array.isArray(inner)) {
      for (const member of inner) visit(member);
    } else if (typeof inner === "object" && inner !== null) {
      for (const [key, member] of Object.entries(inner)) {
        if (key === "Ref" && typeof member === "string") logicalIds.add(member);
        if (key === "Fn::GetAtt")
          logicalIds.add(String(Array.isArray(member) ? member[0] : member).replace(/\..*/, ""));
        if (key === "Fn::Sub") {
          const text = String(Array.isArray(member) ? member[0] : member);
          for (const [, name] of text.matchAll(/\$\{([^!}.]+)/g)) if (name !== undefined) logicalIds.add(name);
        }
        visit(member);
      }
    }
  };
  visit(value);
  return { logicalIds };
}
