import { describe, expect, it } from "vitest";
import { evaluate } from "../../../../local/aws/iam/evaluate.ts";
import { PolicyStatement } from "../../../../local/aws/iam/policy.ts";

const table = "arn:aws:dynamodb:eu-west-1:000000000000:table/Things";
const wanted = { action: "dynamodb:GetItem", resource: table };
const decide = (statements: object[], context: Record<string, string[]> = {}, what = wanted) =>
  evaluate(
    statements.map(statement => PolicyStatement.parse(statement)),
    what,
    new Map(Object.entries(context)),
  );
const allow = (more: object) => ({ Effect: "Allow", Action: "dynamodb:GetItem", Resource: table, ...more });
const deny = (more: object) => ({ Effect: "Deny", Action: "dynamodb:GetItem", Resource: table, ...more });

describe("policy statements", () => {
  it("allow nothing by themselves", () => {
    expect(decide([])).toEqual({ allowed: false, reason: "no statement allows it" });
  });

  it.each([
    ["the action", { Action: "dynamodb:GetItem" }, true],
    ["the action in another case", { Action: "DynamoDB:getitem" }, true],
    ["a prefix of the action", { Action: ["dynamodb:Get*"] }, true],
    ["a pattern with a single character", { Action: "dynamodb:Get?tem" }, true],
    ["every action", { Action: "*" }, true],
    ["another action", { Action: "dynamodb:PutItem" }, false],
    ["every action but another", { Action: undefined, NotAction: "dynamodb:Put*" }, true],
    ["every action but this", { Action: undefined, NotAction: ["dynamodb:Get*"] }, false],
    ["every resource", { Resource: "*" }, true],
    ["a prefix of the resource", { Resource: [`${table.slice(0, -3)}*`] }, true],
    ["the resource in another case", { Resource: table.toLowerCase() }, false],
    ["the resource's indexes alone", { Resource: `${table}/index/*` }, false],
    ["every resource but this", { Resource: undefined, NotResource: table }, false],
    ["every resource but another", { Resource: undefined, NotResource: `${table}2` }, true],
    ["a resource whose dot is no wildcard", { Resource: table.replace("Things", "Thin.s") }, false],
  ])("cover %s", (_what, more, allowed) => {
    expect(decide([allow(more)]).allowed).toBe(allowed);
  });

  it("deny over every allow", () => {
    expect(decide([allow({}), deny({ Action: "dynamodb:*" }), allow({ Action: "*", Resource: "*" })])).toEqual({
      allowed: false,
      reason: "explicit deny",
    });
  });

  it("need either an action or its negation, and a resource or its negation", () => {
    expect(PolicyStatement.safeParse({ Effect: "Allow", Resource: "*" }).success).toBe(false);
    expect(PolicyStatement.safeParse({ Effect: "Allow", Action: "*" }).success).toBe(false);
    expect(PolicyStatement.safeParse(allow({ NotAction: "a:b" })).success).toBe(false);
  });
});

describe("conditions", () => {
  const context = {
    "aws:principalaccount": ["000000000000"],
    "ecs:cluster": ["arn:aws:ecs:eu-west-1:000000000000:cluster/main"],
    "aws:securetransport": ["true"],
    "dynamodb:leadingkeys": ["ten_1", "ten_2"],
    "kms:encryptioncontext:tenant": ["ten_1"],
  };

  it.each([
    ["StringEquals", { "aws:PrincipalAccount": "000000000000" }, true],
    ["StringEquals", { "AWS:principalaccount": ["1", "000000000000"] }, true],
    ["StringEquals", { "aws:PrincipalAccount": "1" }, false],
    ["StringEquals", { "kms:ViaService": "sqs.eu-west-1.amazonaws.com" }, false],
    ["StringEqualsIfExists", { "kms:ViaService": "sqs.eu-west-1.amazonaws.com" }, true],
    ["StringEquals", { "kms:EncryptionContext:tenant": "ten_1" }, true],
    ["StringEquals", { "kms:EncryptionContext:other": "ten_1" }, false],
    ["StringNotEquals", { "aws:PrincipalAccount": "1" }, true],
    ["StringNotEquals", { "aws:PrincipalAccount": ["1", "000000000000"] }, false],
    ["StringNotEquals", { "kms:ViaService": "x" }, true],
    ["StringLike", { "aws:PrincipalAccount": "0000*" }, true],
    ["StringNotLike", { "aws:PrincipalAccount": "0000*" }, false],
    ["ArnEquals", { "ecs:cluster": "arn:aws:ecs:*:*:cluster/main" }, true],
    ["ArnLike", { "ecs:cluster": "arn:aws:ecs:*:cluster/main" }, false],
    ["ArnNotLike", { "ecs:cluster": "arn:aws:ecs:*:*:cluster/other" }, true],
    ["Bool", { "aws:SecureTransport": "true" }, true],
    ["Bool", { "aws:SecureTransport": false }, false],
    ["Null", { "kms:ViaService": "true" }, true],
    ["Null", { "aws:SecureTransport": "true" }, false],
    ["ForAllValues:StringEquals", { "dynamodb:LeadingKeys": ["ten_1", "ten_2", "ten_3"] }, true],
    ["ForAllValues:StringEquals", { "dynamodb:LeadingKeys": ["ten_1"] }, false],
    ["ForAnyValue:StringEquals", { "dynamodb:LeadingKeys": ["ten_1"] }, true],
    ["ForAllValues:StringLike", { "s3:prefix": "x" }, true],
    ["ForAnyValue:StringLike", { "s3:prefix": "x" }, false],
  ])("%s %j is judged as IAM does", (operator, keys, allowed) => {
    expect(decide([allow({ Condition: { [operator]: keys } })], context).allowed).toBe(allowed);
  });

  it("join operators and keys by AND", () => {
    const Condition = {
      StringEquals: { "aws:PrincipalAccount": "000000000000", "kms:EncryptionContext:tenant": "ten_2" },
      Bool: { "aws:SecureTransport": "true" },
    };
    expect(decide([allow({ Condition })], context).allowed).toBe(false);
  });

  it.each([
    ["operator", { NumericLessThan: { "aws:PrincipalAccount": "1" } }, "condition operator NumericLessThan"],
    ["key", { StringEquals: { "aws:SourceIp": "1.2.3.4" } }, "condition key aws:SourceIp"],
  ])("that are unknown by their %s deny and say so, in an allow and in a deny", (_what, Condition, unsupported) => {
    const refused = { allowed: false, reason: "unsupported condition", unsupported };
    expect(decide([allow({ Condition })], context)).toEqual(refused);
    expect(decide([allow({}), deny({ Condition })], context)).toEqual(refused);
  });

  it("that are unknown do not take away what another statement allows", () => {
    const Condition = { StringEquals: { "aws:SourceIp": "1.2.3.4" } };
    expect(decide([allow({ Condition }), allow({})], context).allowed).toBe(true);
  });
});
