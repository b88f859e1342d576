import * as z from "zod";
import type { ControlContext } from "./control-context.ts";
import type { Answer, Call, Route } from "./control-route.ts";
import { PhoneNumber } from "./control-schemas.ts";
import { type Destination, destinationOf } from "./destination.ts";
import { phoneJid } from "./device-address.ts";
import type { Phone } from "./phones.ts";
import { Problem, parseOr400 } from "./problem.ts";
import { pollVote, type SealedAbout, sealedAbout, sealedComment, sealedReaction } from "./sealed-changes.ts";

const about = { to: z.string().min(1), messageId: z.string().min(1) };
const Vote = z.strictObject({ ...about, options: z.array(z.string().min(1)).max(12) });
const Comment = z.strictObject({ ...about, text: z.string().min(1).max(65_536) });
const Reaction = z.strictObject({ ...about, emoji: z.string() });

type Seal<T> = (by: Phone, to: Destination, about: SealedAbout, given: T) => ReturnType<typeof sealedReaction>;

/** What a person says about a message that only its secret opens. The message must have been written on a phone here. */
export function sealedRoutes(context: ControlContext, phoneOf: (call: Call) => Phone): Route[] {
  const route = <T extends { to: string; messageId: string }>(path: string, schema: z.ZodType<T>, seal: Seal<T>) => ({
    method: "POST" as const,
    path: `/phones/:number/${path}`,
    answer: (call: Call) => send(context, phoneOf(call), parseOr400(schema, call.body), seal),
  });
  return [
    route("votes", Vote, (by, to, target, { options }) => pollVote(by, to, target, options)),
    route("comments", Comment, (by, to, target, { text }) => sealedComment(by, to, target, text)),
    route("sealed-reactions", Reaction, (by, to, target, { emoji }) => sealedReaction(by, to, target, emoji)),
  ];
}

async function send<T extends { to: string; messageId: string }>(
  { world, outbox }: ControlContext,
  phone: Phone,
  given: T,
  seal: Seal<T>,
): Promise<Answer> {
  const name = given.to.includes("@") ? given.to : phoneJid(parseOr400(PhoneNumber, given.to));
  const to = destinationOf(world, name);
  const target = sealedAbout(world, phone, given.messageId);
  if (!to || !target) throw new Problem(404, "message_not_found", `No phone wrote ${given.messageId} with a secret.`);
  const message = seal(phone, to, target, given);
  return { status: 201, body: { id: await outbox.send(phone, { to, message, automatic: false }) } };
}
