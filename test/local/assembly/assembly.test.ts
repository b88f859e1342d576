import { describe, expect, it } from "vitest";
import { smallAssembly } from "./small-assembly.ts";

const queue = (properties = {}) => ({ Type: "AWS::SQS::Queue", Properties: properties });

describe("loadAssembly", () => {
  it("resolves what one stack imports from another, and orders resources by what they need", async () => {
    const assembly = await smallAssembly({
      Data: {
        Resources: {
          Main: queue({
            RedrivePolicy: { deadLetterTargetArn: { "Fn::GetAtt": ["Dead", "Arn"] }, maxReceiveCount: 3 },
          }),
          Dead: queue({ QueueName: "dead" }),
        },
        Outputs: { Main: { Value: { Ref: "Main" }, Export: { Name: "Data:Main" } } },
      },
      Service: {
        Resources: {
          Parameter: {
            Type: "AWS::SSM::Parameter",
            Properties: { Name: "/queue", Value: { "Fn::ImportValue": "Data:Main" } },
          },
        },
      },
    });
    expect(assembly.resources.map(({ logicalId }) => logicalId)).toEqual(["Dead", "Main", "Parameter"]);
    const [parameter] = assembly.ofType("AWS::SSM::Parameter");
    expect(parameter?.properties.Value).toBe("http://127.0.0.1:4566/000000000000/Data-Main");
    expect(assembly.find("AWS::SQS::Queue", "arn:aws:sqs:us-east-1:000000000000:dead")?.logicalId).toBe("Dead");
  });

  it("gives the same names and ids at every start", async () => {
    const template = { Resources: { Key: { Type: "AWS::KMS::Key" }, Api: { Type: "AWS::ApiGateway::RestApi" } } };
    const identities = async () => (await smallAssembly({ Stack: template })).resources.map(({ identity }) => identity);
    expect(await identities()).toEqual(await identities());
  });

  it("leaves out resources whose condition is false", async () => {
    const assembly = await smallAssembly({
      Stack: {
        Conditions: { Never: { "Fn::Equals": ["a", "b"] }, Always: { "Fn::Not": [{ Condition: "Never" }] } },
        Resources: { No: { ...queue(), Condition: "Never" }, Yes: { ...queue(), Condition: "Always" } },
      },
    });
    expect(assembly.resources.map(({ logicalId }) => logicalId)).toEqual(["Yes"]);
  });

  it.each([
    ["a missing resource", { Parameter: queue({ QueueName: { Ref: "Nobody" } }) }, "Nobody"],
    ["an unknown attribute", { A: queue(), B: queue({ QueueName: { "Fn::GetAtt": ["A", "Color"] } }) }, "Color"],
    ["an export nobody has", { A: queue({ QueueName: { "Fn::ImportValue": "Other:X" } }) }, "Other:X"],
  ])("names %s", async (_, Resources, named) => {
    await expect(smallAssembly({ Stack: { Resources } })).rejects.toThrow(named);
  });

  it("refuses a parameter whose value would have to come from SSM before anything is there", async () => {
    const Parameters = { Vpc: { Type: "AWS::SSM::Parameter::Value<String>", Default: "/network/vpc" } };
    const Resources = { A: queue({ QueueName: { Ref: "Vpc" } }) };
    await expect(smallAssembly({ Stack: { Parameters, Resources } })).rejects.toThrow("/network/vpc");
  });
});
