import type { ControlContext } from "./control-context.ts";
import type { Call, Route } from "./control-route.ts";
import { ExpireMedia } from "./control-schemas.ts";
import { attachmentOf } from "./phone-media.ts";
import type { Phone } from "./phones.ts";
import { Problem, parseOr400 } from "./problem.ts";

/** What time does to the files that a phone sent: WhatsApp deletes them after some weeks, and people from their phones. */
export function mediaRoutes({ world }: ControlContext, phoneOf: (call: Call) => Phone): Route[] {
  return [
    {
      method: "POST",
      path: "/phones/:number/media/expire",
      answer: async call => {
        const { number } = phoneOf(call);
        const { id, forget, status } = parseOr400(ExpireMedia, call.body);
        const sent = world.sent.find(number, id);
        const path = sent && attachmentOf(sent.message)?.file.directPath;
        if (!path) throw new Problem(404, "message_not_found", `The phone has sent no file in a message ${id}.`);
        await world.media.files.expire(path, { forget, status });
        return { status: 204 };
      },
    },
  ];
}
