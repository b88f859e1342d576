import * as z from "zod";
import { DestinationRefused, type DestinationRules, destinationOf } from "../../domain/webhook/destination.ts";

/** A URL that a customer gives and we connect to; where it may lead differs under the local runner alone. */
export function publicUrl(rules: DestinationRules) {
  return z
    .string()
    .min(1)
    .max(2_048)
    .check(context => {
      try {
        destinationOf(context.value, rules);
      } catch (error) {
        if (!(error instanceof DestinationRefused)) throw error;
        context.issues.push({ code: "custom", message: error.message, input: context.value });
      }
    });
}
