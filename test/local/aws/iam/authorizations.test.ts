import { describe, expect, it } from "vitest";
import { dynamodbAuthorizations } from "../../../../local/aws/iam/dynamodb-actions.ts";
import { s3Authorizations } from "../../../../local/aws/iam/s3-actions.ts";
import { snsAuthorizations } from "../../../../local/aws/iam/sns-actions.ts";
import { sqsAuthorizations } from "../../../../local/aws/iam/sqs-actions.ts";
import { ssmAuthorizations } from "../../../../local/aws/iam/ssm-actions.ts";
import { s3Operation } from "../../../../local/aws/s3-operations.ts";

const where = { region: "eu-west-1", accountId: "000000000000" };
const table = (rest: string) => `arn:aws:dynamodb:eu-west-1:000000000000:table/${rest}`;
const keyNames = () => ["pk", "sk"];
const pairs = (authorizations: readonly { action: string; resource: string }[]) =>
  authorizations.map(({ action, resource }) => `${action} ${resource}`);
const Key = { pk: { S: "ten_1" }, sk: { S: "x" } };

describe("what a DynamoDB call needs", () => {
  const dynamodb = async (operation: string, input: Record<string, unknown>) =>
    dynamodbAuthorizations(operation, input, where, keyNames);

  it("is the table's ARN, or the index's for a query of an index", async () => {
    expect(pairs(await dynamodb("GetItem", { TableName: "T", Key }))).toEqual([`dynamodb:GetItem ${table("T")}`]);
    expect(pairs(await dynamodb("Query", { TableName: "T", IndexName: "i" }))).toEqual([
      `dynamodb:Query ${table("T/index/i")}`,
    ]);
  });

  it("is each item's own action in a transaction", async () => {
    const TransactItems = [
      { Put: { TableName: "A", Item: Key } },
      { Update: { TableName: "B", Key } },
      { Delete: { TableName: "C", Key } },
      { ConditionCheck: { TableName: "D", Key } },
    ];
    expect(pairs(await dynamodb("TransactWriteItems", { TransactItems }))).toEqual([
      `dynamodb:PutItem ${table("A")}`,
      `dynamodb:UpdateItem ${table("B")}`,
      `dynamodb:DeleteItem ${table("C")}`,
      `dynamodb:ConditionCheckItem ${table("D")}`,
    ]);
    const gets = await dynamodb("TransactGetItems", { TransactItems: [{ Get: { TableName: "A", Key } }] });
    expect(pairs(gets)).toEqual([`dynamodb:GetItem ${table("A")}`]);
  });

  it("is the batch's action on each table of a batch", async () => {
    const reads = await dynamodb("BatchGetItem", { RequestItems: { A: { Keys: [Key] }, B: { Keys: [Key] } } });
    expect(pairs(reads)).toEqual([`dynamodb:BatchGetItem ${table("A")}`, `dynamodb:BatchGetItem ${table("B")}`]);
    const writes = await dynamodb("BatchWriteItem", {
      RequestItems: { A: [{ PutRequest: { Item: Key } }, { DeleteRequest: { Key } }] },
    });
    expect(pairs(writes)).toEqual([`dynamodb:BatchWriteItem ${table("A")}`, `dynamodb:BatchWriteItem ${table("A")}`]);
  });

  it.each([
    ["GetItem", { Key }],
    ["PutItem", { Item: { ...Key, more: { S: "x" } } }],
    [
      "Query",
      {
        KeyConditionExpression: "#p = :p AND begins_with(sk, :s)",
        ExpressionAttributeNames: { "#p": "pk" },
        ExpressionAttributeValues: { ":p": { S: "ten_1" }, ":s": { S: "other" } },
      },
    ],
    [
      "Query",
      {
        KeyConditionExpression: "sk = :s AND pk = :p",
        ExpressionAttributeValues: { ":p": { S: "ten_1" }, ":s": { S: "o" } },
      },
    ],
  ])("has the partition key of a %s as its leading key", async (operation, input) => {
    const [authorization] = await dynamodb(operation, { TableName: "T", ...input });
    expect(authorization?.context?.get("dynamodb:leadingkeys")).toEqual(["ten_1"]);
  });

  it("has no leading key for a scan", async () => {
    const [authorization] = await dynamodb("Scan", { TableName: "T" });
    expect(authorization?.context?.has("dynamodb:leadingkeys")).toBe(false);
  });
});

describe("what an S3 call needs", () => {
  const s3 = (method: string, url: string, headers: Record<string, string> = {}, body = "") => {
    const [path = "", query = ""] = url.split("?");
    const request = { method, path, query, headers, body: Buffer.from(body) };
    return pairs(s3Authorizations(s3Operation(request) ?? "unknown", request));
  };

  it.each([
    ["GET", "/b/a/b%20c", ["s3:GetObject arn:aws:s3:::b/a/b c"]],
    ["HEAD", "/b/k", ["s3:GetObject arn:aws:s3:::b/k"]],
    ["PUT", "/b/k?partNumber=1&uploadId=u", ["s3:PutObject arn:aws:s3:::b/k"]],
    ["POST", "/b/k?uploads", ["s3:PutObject arn:aws:s3:::b/k"]],
    ["DELETE", "/b/k?uploadId=u", ["s3:AbortMultipartUpload arn:aws:s3:::b/k"]],
    ["GET", "/b?list-type=2&prefix=p", ["s3:ListBucket arn:aws:s3:::b"]],
    ["HEAD", "/b", ["s3:ListBucket arn:aws:s3:::b"]],
    ["GET", "/", ["s3:ListAllMyBuckets *"]],
  ])("%s %s", (method, url, expected) => {
    expect(s3(method, url)).toEqual(expected);
  });

  it("names every object of a deletion of many", () => {
    const body = "<Delete><Object><Key>a&amp;b</Key></Object><Object><Key>c&#x20;d</Key></Object></Delete>";
    expect(s3("POST", "/b?delete", {}, body)).toEqual([
      "s3:DeleteObject arn:aws:s3:::b/a&b",
      "s3:DeleteObject arn:aws:s3:::b/c d",
    ]);
  });

  it("names the source of a copy", () => {
    expect(s3("PUT", "/b/k", { "x-amz-copy-source": "/other/from%20here" })).toEqual([
      "s3:PutObject arn:aws:s3:::b/k",
      "s3:GetObject arn:aws:s3:::other/from here",
    ]);
  });

  it("is not known for what is not emulated", () => {
    const request = { method: "PUT", path: "/b/k", query: "tagging", headers: {}, body: Buffer.alloc(0) };
    expect(s3Operation(request)).toBeUndefined();
  });
});

describe("what a queue, topic or parameter call needs", () => {
  it("is the single action for a batch", () => {
    const QueueUrl = "http://127.0.0.1:1/000000000000/q";
    expect(pairs(sqsAuthorizations("SendMessageBatch", { QueueUrl }, where))).toEqual([
      "sqs:SendMessage arn:aws:sqs:eu-west-1:000000000000:q",
    ]);
    const form = new URLSearchParams({ TopicArn: "arn:aws:sns:eu-west-1:000000000000:t" });
    expect(pairs(snsAuthorizations("PublishBatch", form, where))).toEqual([
      "sns:Publish arn:aws:sns:eu-west-1:000000000000:t",
    ]);
  });

  it("is the topic's ARN for a subscription", () => {
    const form = new URLSearchParams({ SubscriptionArn: "arn:aws:sns:eu-west-1:000000000000:t:id" });
    expect(pairs(snsAuthorizations("Unsubscribe", form, where))).toEqual([
      "sns:Unsubscribe arn:aws:sns:eu-west-1:000000000000:t",
    ]);
  });

  it("is every parameter by its name, with or without a leading slash", () => {
    const base = "arn:aws:ssm:eu-west-1:000000000000:parameter";
    expect(pairs(ssmAuthorizations("GetParameters", { Names: ["/a/b", "c"] }, where))).toEqual([
      `ssm:GetParameters ${base}/a/b`,
      `ssm:GetParameters ${base}/c`,
    ]);
  });
});
