import { loadAwsServiceSpecSync } from "@aws-cdk/aws-service-spec";
import type { CfnTemplate } from "./synthesized.ts";

const database = loadAwsServiceSpecSync();
const specOf = (type: string) => database.lookup("resource", "cloudFormationType", "equals", type)[0];
type Properties = NonNullable<ReturnType<typeof specOf>>["properties"];
type PropertyType = Properties[string]["type"];

/**
 * Checks a template against AWS's own schema of every resource type: unknown, missing and mistyped properties, and
 * references to what is not there. Answers the faults, each with its place, and how many properties were looked at.
 */
export function checkTemplate(template: CfnTemplate): { faults: string[]; checked: number } {
  const faults: string[] = [];
  let checked = 0;

  const checkProperties = (expected: Properties, given: Record<string, unknown>, at: string): void => {
    for (const [name, property] of Object.entries(expected)) {
      if (property.required && given[name] === undefined) faults.push(`${at}.${name} is missing`);
    }
    for (const [name, value] of Object.entries(given)) {
      checked++;
      const property = expected[name];
      if (property === undefined) faults.push(`${at}.${name} is unknown`);
      else faults.push(...checkValue(property.type, value, `${at}.${name}`));
    }
  };

  const checkValue = (type: PropertyType, value: unknown, at: string): string[] => {
    if (isIntrinsic(value)) return [];
    switch (type.type) {
      case "string":
      case "date-time":
        return typeof value === "string" ? [] : [`${at} is no string`];
      case "integer":
      case "number":
        return typeof value === "number" ? [] : [`${at} is no number`];
      case "boolean":
        return typeof value === "boolean" ? [] : [`${at} is no boolean`];
      case "array":
        if (!Array.isArray(value)) return [`${at} is no list`];
        return value.flatMap((element, place) => checkValue(type.element, element, `${at}[${place}]`));
      case "map":
        if (!isObject(value)) return [`${at} is no map`];
        return Object.entries(value).flatMap(([name, element]) => checkValue(type.element, element, `${at}.${name}`));
      case "ref": {
        if (!isObject(value)) return [`${at} is no object`];
        checkProperties(database.get("typeDefinition", type.reference.$ref).properties, value, at);
        return [];
      }
      case "tag":
        return ["Key", "Value"].flatMap(name => checkTagPart(value, name, at));
      case "union": {
        const ways = type.types.map(way => checkValue(way, value, at));
        return ways.some(found => found.length === 0) ? [] : (ways[0] ?? []);
      }
      default:
        return [];
    }
  };

  for (const [id, resource] of Object.entries(template.Resources)) {
    const spec = specOf(resource.Type);
    if (spec !== undefined) checkProperties(spec.properties, resource.Properties, id);
    else if (!resource.Type.startsWith("Custom::")) faults.push(`${id} has the unknown type ${resource.Type}`);
    for (const target of referencesIn(resource)) {
      if (!(target in template.Resources) && !(target in template.Parameters) && !target.startsWith("AWS::")) {
        faults.push(`${id} refers to ${target}, which is not there`);
      }
    }
  }
  return { faults, checked };
}

function checkTagPart(tag: unknown, name: string, at: string): string[] {
  const part = isObject(tag) ? tag[name] : undefined;
  if (part === undefined) return [`${at}.${name} is missing`];
  return typeof part === "string" || isIntrinsic(part) ? [] : [`${at}.${name} is no string`];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function isIntrinsic(value: unknown): boolean {
  if (!isObject(value)) return false;
  const names = Object.keys(value);
  return names.length === 1 && /^(Ref|Fn::\w+)$/.test(names[0] ?? "");
}

function referencesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    if (name === "Ref" && typeof inner === "string") return [inner];
    if (name === "Fn::GetAtt" && Array.isArray(inner)) return [String(inner[0])];
    if (name === "DependsOn") return [inner].flat().map(String);
    if (name === "Fn::Sub") return subReferences(inner);
    return referencesIn(inner);
  });
}

function subReferences(sub: unknown): string[] {
  const [text, given] = Array.isArray(sub) ? sub : [sub, {}];
  const names = [...String(text).matchAll(/\$\{([^!}.]+)[^}]*\}/g)].map(match => match[1] ?? "");
  return [...names.filter(name => !(isObject(given) && name in given)), ...referencesIn(given)];
}
