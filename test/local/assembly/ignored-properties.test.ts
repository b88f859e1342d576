import { describe, expect, it } from "vitest";
import { ignoredProperties } from "../../../local/assembly/support/ignored-properties.ts";

const queue = (logicalId: string, properties: Record<string, unknown>) => ({
  stack: "Service",
  logicalId,
  type: "AWS::SQS::Queue",
  properties,
});

describe("ignoredProperties", () => {
  it("says nothing of properties that are honoured or knowingly without effect", () => {
    expect(ignoredProperties([queue("Jobs", { VisibilityTimeout: 30, Tags: [{ Key: "a", Value: "b" }] })])).toEqual([]);
  });

  it("reports a property that would silently be ignored, once for all resources that have it", () => {
    const resources = [queue("Jobs", { VisibilityTimout: 30 }), queue("Mail", { VisibilityTimout: 60 })];
    expect(ignoredProperties(resources)).toEqual([
      { type: "AWS::SQS::Queue", property: "VisibilityTimout", resources: ["Service/Jobs", "Service/Mail"] },
    ]);
  });

  it("reports a nested property by its path, through lists", () => {
    const task = {
      stack: "Service",
      logicalId: "Task",
      type: "AWS::ECS::TaskDefinition",
      properties: { ContainerDefinitions: [{ Name: "host", Image: "a:b", DependsOn: [{ ContainerName: "x" }] }] },
    };
    expect(ignoredProperties([task]).map(({ property }) => property)).toEqual(["ContainerDefinitions.DependsOn"]);
  });

  it("reports a resource type that it does not know as a whole", () => {
    const machine = { stack: "Service", logicalId: "Flow", type: "AWS::StepFunctions::StateMachine", properties: {} };
    expect(ignoredProperties([machine])).toEqual([
      { type: "AWS::StepFunctions::StateMachine", property: undefined, resources: ["Service/Flow"] },
    ]);
  });
});
