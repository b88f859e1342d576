import { randomBytes } from "node:crypto";
import type { ControlContext } from "./control-context.ts";
import type { Call, Route } from "./control-route.ts";
import { NewHistory, PhoneNumber } from "./control-schemas.ts";
import { phoneJid } from "./device-address.ts";
import type { Phone } from "./phones.ts";
import { Problem, parseOr400 } from "./problem.ts";

/** Gives a phone a past: texts that were written before anybody looked. */
export function historyRoutes({ world }: ControlContext, phoneOf: (call: Call) => Phone): Route[] {
  const answer: Route["answer"] = call => {
    const phone = phoneOf(call);
    const { with: name, messages } = parseOr400(NewHistory, call.body);
    const other = world.phones.named(name.includes("@") ? name : phoneJid(parseOr400(PhoneNumber, name)));
    if (!other) throw new Problem(404, "not_on_whatsapp", "There is no phone with this number.");
    const chat = phoneJid(other.number);
    const writer = (fromMe: boolean) => (fromMe ? phoneJid(phone.number) : chat);
    const rows = messages.map(({ text, fromMe, at, reactions, id = newMessageId() }) => ({
      ...{ chat, id, text, at },
      sender: writer(fromMe),
      reactions: reactions.map(({ emoji, fromMe: own }) => ({ emoji, sender: writer(own), at })),
    }));
    world.past.add(phone.number, rows);
    return { status: 201, body: { ids: rows.map(({ id }) => id) } };
  };
  return [{ method: "POST", path: "/phones/:number/history", answer }];
}

const newMessageId = () => `3A${randomBytes(9).toString("hex").toUpperCase()}`;
