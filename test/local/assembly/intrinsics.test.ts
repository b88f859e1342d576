import { describe, expect, it } from "vitest";
import { referencesOf, resolveIntrinsics, type Scope } from "../../../local/assembly/intrinsics.ts";

const scope: Scope = {
  ref: name => ({ Table: "table-1", "AWS::Region": "us-east-1", "AWS::NoValue": undefined })[name],
  attribute: (logicalId, name) => `${logicalId}/${name}`,
  importValue: name => `import of ${name}`,
  mapping: (map, first, second) => `${map}.${first}.${second}`,
  condition: name => name === "True",
  availabilityZones: ["us-east-1a", "us-east-1b"],
};

describe("resolveIntrinsics", () => {
  it.each([
    ["plain text", "plain text"],
    [{ Ref: "Table" }, "table-1"],
    [{ "Fn::GetAtt": ["Table", "Arn"] }, "Table/Arn"],
    [{ "Fn::GetAtt": "Table.Stream.Arn" }, "Table/Stream.Arn"],
    [{ "Fn::Join": ["-", ["a", { Ref: "Table" }, 1]] }, "a-table-1-1"],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: this is CloudFormation's own placeholder.
    [{ "Fn::Sub": "${AWS::Region}/${Table.Arn}/${!Literal}" }, "us-east-1/Table/Arn/${Literal}"],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: this is CloudFormation's own placeholder.
    [{ "Fn::Sub": ["${Own}/${Table}", { Own: { Ref: "Table" } }] }, "table-1/table-1"],
    [{ "Fn::Select": ["1", { "Fn::Split": [":", "a:b:c"] }] }, "b"],
    [{ "Fn::Select": [0, { "Fn::GetAZs": "" }] }, "us-east-1a"],
    [{ "Fn::If": ["True", "yes", "no"] }, "yes"],
    [{ "Fn::If": ["False", "yes", { Ref: "AWS::NoValue" }] }, undefined],
    [{ "Fn::ImportValue": { "Fn::Join": [":", ["Data", "Table"]] } }, "import of Data:Table"],
    [{ "Fn::FindInMap": ["Sizes", { Ref: "AWS::Region" }, "cpu"] }, "Sizes.us-east-1.cpu"],
    [{ "Fn::Base64": "hello" }, "aGVsbG8="],
    [{ "Fn::And": [{ "Fn::Equals": [1, "1"] }, { "Fn::Not": [{ Condition: "False" }] }] }, true],
    [{ "Fn::Or": [{ "Fn::Equals": ["a", "b"] }, { Condition: "True" }] }, true],
  ])("resolves %j to %j", (value, expected) => {
    expect(resolveIntrinsics(value, scope)).toEqual(expected);
  });

  it("leaves out what resolves to no value, in maps and in lists", () => {
    const value = { kept: 1, dropped: { Ref: "AWS::NoValue" }, list: [1, { Ref: "AWS::NoValue" }, 2] };
    expect(resolveIntrinsics(value, scope)).toEqual({ kept: 1, list: [1, 2] });
  });

  it("keeps a property that happens to be named Condition and is no reference", () => {
    const statement = { Condition: { Bool: { "aws:SecureTransport": "false" } } };
    expect(resolveIntrinsics(statement, scope)).toEqual(statement);
  });

  it("refuses a function that it does not know, by name", () => {
    expect(() => resolveIntrinsics({ "Fn::Cidr": [] }, scope)).toThrow("Fn::Cidr is not understood");
  });
});

describe("referencesOf", () => {
  it("finds what a value refers to through Ref, GetAtt and Sub at any depth", () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: this is CloudFormation's own placeholder.
    const value = { a: [{ Ref: "A" }], b: { "Fn::GetAtt": ["B", "Arn"] }, c: { "Fn::Sub": "${C.Arn}-${D}" } };
    expect([...referencesOf(value).logicalIds].sort()).toEqual(["A", "B", "C", "D"]);
  });
});
