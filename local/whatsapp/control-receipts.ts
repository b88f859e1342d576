import * as z from "zod";
import type { ControlContext } from "./control-context.ts";
import type { Answer, Call, Route } from "./control-route.ts";
import { PhoneNumber } from "./control-schemas.ts";
import { lidJid } from "./device-address.ts";
import { writerJid } from "./hosted.ts";
import type { Phone } from "./phones.ts";
import { Problem, parseOr400 } from "./problem.ts";
import { stanza, unixSeconds } from "./stanza.ts";

const ids = z.array(z.string().min(1)).min(1).max(1_000);
/** Of one person, about any ids; or of many people of a group about one message. */
const NewReceipt = z.union([
  z.strictObject({ from: PhoneNumber, ids, type: z.enum(["read", "inactive", "sender", "server-error"]).optional() }),
  z.strictObject({
    group: z.string().min(1),
    messageId: z.string().min(1),
    readers: z.array(PhoneNumber).min(1).max(1_024),
    type: z.literal("read").optional(),
  }),
]);

/** Receipts as WhatsApp has them besides those that phones give by themselves; they go to the phone's companions. */
export function receiptRoutes(context: ControlContext, phoneOf: (call: Call) => Phone): Route[] {
  return [{ method: "POST", path: "/phones/:number/receipts", answer: call => post(context, phoneOf(call), call) }];
}

function post({ world, postOffice }: ControlContext, to: Phone, { body }: Call): Answer {
  const given = parseOr400(NewReceipt, body);
  const person = (number: string) => {
    const phone = world.phones.find(number);
    if (!phone) throw new Problem(404, "phone_not_found", "There is no phone with this number.");
    return phone;
  };
  const t = unixSeconds(world.now());
  const receipt = () => {
    if ("from" in given) {
      const [id, ...others] = given.ids;
      const items = others.map(other => stanza("item", { id: other }));
      const from = writerJid("pn", person(given.from), 0);
      return stanza("receipt", { id, from, type: given.type, t }, [stanza("list", {}, items)]);
    }
    // Read: whatsmeow receipt.go, handleGroupedReceipt.
    const users = given.readers.map(number => stanza("user", { jid: lidJid(person(number).lid), t }));
    const participants = stanza("participants", { key: given.messageId }, users);
    return stanza("receipt", { id: given.messageId, from: given.group, type: given.type, t }, [participants]);
  };
  const companions = world.devices.of(to.number).map(({ device }) => ({ number: to.number, device }));
  postOffice.post(companions.map(companion => ({ to: companion, stanza: receipt() })));
  return { status: 201, body: {} };
}
