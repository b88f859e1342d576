import { describe, expect, it } from "vitest";
import { checkTemplate } from "./resource-schema.ts";

const template = (properties: Record<string, unknown>, more: Record<string, unknown> = {}) => ({
  Parameters: {},
  Resources: {
    Jobs: { Type: "AWS::SQS::Queue", Properties: properties, ...more },
    Other: { Type: "AWS::SQS::Queue", Properties: {} },
  },
  Outputs: {},
});

describe("the check against AWS's resource schema", () => {
  it("finds nothing in a sound template", () => {
    const redrive = { deadLetterTargetArn: { "Fn::GetAtt": ["Other", "Arn"] }, maxReceiveCount: 3 };
    const sound = template({ VisibilityTimeout: 30, RedrivePolicy: redrive, QueueName: { Ref: "AWS::StackName" } });
    expect(checkTemplate(sound)).toEqual({ faults: [], checked: 3 });
  });

  it("catches a misspelt property", () => {
    expect(checkTemplate(template({ VisibiltyTimeout: 30 })).faults).toEqual(["Jobs.VisibiltyTimeout is unknown"]);
  });

  it("catches a value of the wrong type, however deep", () => {
    expect(checkTemplate(template({ FifoQueue: "yes" })).faults).toEqual(["Jobs.FifoQueue is no boolean"]);
    expect(checkTemplate(template({ Tags: [{ Key: "a", Value: 1 }] })).faults).toEqual([
      "Jobs.Tags[0].Value is no string",
    ]);
  });

  it("catches a missing property", () => {
    expect(checkTemplate(template({ Tags: [{ Key: "a" }] })).faults).toEqual(["Jobs.Tags[0].Value is missing"]);
  });

  it("catches a reference to what is not there, in every spelling", () => {
    const faults = ["Jobs refers to Gone, which is not there"];
    expect(checkTemplate(template({ QueueName: { Ref: "Gone" } })).faults).toEqual(faults);
    expect(checkTemplate(template({ QueueName: { "Fn::GetAtt": ["Gone", "Name"] } })).faults).toEqual(faults);
    expect(checkTemplate(template({ QueueName: { "Fn::Sub": `a-\${Gone.Name}` } })).faults).toEqual(faults);
    expect(checkTemplate(template({}, { DependsOn: ["Gone"] })).faults).toEqual(faults);
  });

  it("catches a resource type that AWS does not have", () => {
    const unknown = { Parameters: {}, Resources: { A: { Type: "AWS::SQS::Cue", Properties: {} } }, Outputs: {} };
    expect(checkTemplate(unknown).faults).toEqual(["A has the unknown type AWS::SQS::Cue"]);
  });
});
