import * as z from "zod";
import { channelPost, metaAiAnswer } from "./broadcasts.ts";
import type { ControlContext } from "./control-context.ts";
import type { Answer, Call, Route } from "./control-route.ts";
import { PhoneNumber } from "./control-schemas.ts";
import type { Phone } from "./phones.ts";
import { Problem, parseOr400 } from "./problem.ts";

/** What reaches a person's companions among their mail and is no message of a chat. */
const NewBroadcast = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("status"), from: PhoneNumber, text: z.string().min(1).max(65_536) }),
  z.strictObject({ kind: z.literal("channel"), text: z.string().min(1).max(65_536) }),
  z.strictObject({ kind: z.literal("meta_ai") }),
]);
const AmbientMailSettings = z.strictObject({ every: z.number().int().min(1).max(1_000_000).nullable() });

export function broadcastRoutes(context: ControlContext, phoneOf: (call: Call) => Phone): Route[] {
  const { ambient } = context.world;
  return [
    { method: "POST", path: "/phones/:number/broadcasts", answer: call => broadcast(context, phoneOf(call), call) },
    { method: "GET", path: "/ambient-mail", answer: () => ({ status: 200, body: { every: ambient.every } }) },
    {
      method: "PUT",
      path: "/ambient-mail",
      answer: call => {
        ambient.every = parseOr400(AmbientMailSettings, call.body).every;
        return { status: 200, body: { every: ambient.every } };
      },
    },
  ];
}

async function broadcast({ world, outbox, postOffice }: ControlContext, to: Phone, { body }: Call): Promise<Answer> {
  const given = parseOr400(NewBroadcast, body);
  if (given.kind === "status") {
    const author = world.phones.find(given.from);
    if (!author) throw new Problem(404, "phone_not_found", "There is no phone with this number.");
    return { status: 201, body: { id: await outbox.postStatus(author, to, given.text) } };
  }
  const companions = world.devices.of(to.number).map(({ device }) => ({ number: to.number, device }));
  postOffice.post(
    companions.map(companion =>
      given.kind === "channel" ? channelPost(companion, given.text, world.now()) : metaAiAnswer(companion, world.now()),
    ),
  );
  return { status: 201, body: {} };
}
