import type { AwsService } from "./aws-call.ts";
import { AwsError } from "./aws-error.ts";
import type { Fauxqs } from "./fauxqs.ts";

/** SNS: fauxqs as it is. It delivers to queues alone; what a function subscribes to reaches it through a queue. */
export function topicService(fauxqs: Fauxqs): AwsService {
  return {
    answer: async call => {
      const reply = await fauxqs.handle(call.request);
      if (reply.status === 400 && reply.body.includes("<Code>InvalidAction</Code>")) {
        throw new AwsError("UnknownOperationException", `SNS ${call.operation} is not emulated here`);
      }
      return reply;
    },
  };
}
