import { describe, expect, it } from "vitest";
import { succeededMessages } from "../../../local/lambda/sqs-event.ts";

const batch = ["a", "b", "c"].map(MessageId => ({ MessageId }));
const succeeded = (answer: unknown): readonly (string | undefined)[] =>
  succeededMessages(batch, JSON.stringify(answer) ?? "null").map(({ MessageId }) => MessageId);

describe("succeededMessages", () => {
  it.each([
    ["nothing", null, ["a", "b", "c"]],
    ["an empty list", { batchItemFailures: [] }, ["a", "b", "c"]],
    ["one failure", { batchItemFailures: [{ itemIdentifier: "b" }] }, ["a", "c"]],
    ["a message that is not in the batch", { batchItemFailures: [{ itemIdentifier: "z" }] }, []],
    ["an empty identifier", { batchItemFailures: [{ itemIdentifier: "" }] }, []],
    ["a malformed answer", { batchItemFailures: "b" }, []],
  ])("for %s", (_, answer, expected) => {
    expect(succeeded(answer)).toEqual(expected);
  });
});
