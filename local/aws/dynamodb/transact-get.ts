import * as z from "zod";
import type { JsonObject } from "../aws-call.ts";
import { AwsError } from "../aws-error.ts";
import { runAction, validated } from "./actions.ts";
import { validationException } from "./dynamo-error.ts";
import type { DynamoEngine } from "./engine.ts";
import { itemStore } from "./item-store.ts";
import {
  type CancellationReason,
  refuseRepeatedItems,
  transactionCancelled,
  transactionComplaint,
} from "./transaction-rules.ts";

const Request = z.object({ TransactItems: z.array(z.object({ Get: z.record(z.string(), z.unknown()) })) });

/** TransactGetItems: the items as they are at one moment. */
export function transactGet(engine: DynamoEngine, input: JsonObject): JsonObject {
  const complaint = transactionComplaint(input.TransactItems);
  if (complaint !== undefined) throw validationException(complaint);
  const parsed = Request.safeParse(input);
  if (!parsed.success) throw validationException("Every member of TransactItems must have a Get");
  const gets = parsed.data.TransactItems.map(({ Get }) => validated("GetItem", Get, engine));
  refuseRepeatedItems(gets.map(get => engine.placeOf(get)));
  const answers = gets.map(get => outcome(() => runAction("GetItem", itemStore(engine), get)));
  if (answers.some(answer => "refusal" in answer)) throw transactionCancelled(answers.map(reasonOf));
  return { Responses: answers.map(answer => ("output" in answer ? answer.output : {})) };
}

type Outcome = { readonly output: JsonObject } | { readonly refusal: string };

function outcome(get: () => JsonObject): Outcome {
  try {
    return { output: get() };
  } catch (error) {
    if (error instanceof AwsError && error.code === "ValidationException") return { refusal: error.message };
    throw error;
  }
}

function reasonOf(answer: Outcome): CancellationReason {
  return "refusal" in answer ? { Code: "ValidationError", Message: answer.refusal } : { Code: "None" };
}
