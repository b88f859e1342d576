import { type proto, proto as protocol } from "@whiskeysockets/baileys";
import type { ControlContext } from "./control-context.ts";
import type { Answer, Call, Route } from "./control-route.ts";
import { Edit, Revoke } from "./control-schemas.ts";
import { chatJid, type Destination, destinationOf, isGroup } from "./destination.ts";
import { lidJid } from "./device-address.ts";
import { isGroupJid } from "./groups.ts";
import type { Phone } from "./phones.ts";
import { Problem, parseOr400 } from "./problem.ts";
import { sealedAbout, sealedEdit } from "./sealed-changes.ts";
import type { World } from "./world.ts";

const { Type } = protocol.Message.ProtocolMessage;

/** What a person does on the phone to a message that is there already. */
export function changeRoutes(context: ControlContext, phoneOf: (call: Call) => Phone): Route[] {
  return [
    {
      method: "POST",
      path: "/phones/:number/edit",
      answer: call => {
        const { id, text, sealed } = parseOr400(Edit, call.body);
        const editedMessage = { conversation: text };
        const seal = sealed ? sealingEdit(context, text) : undefined;
        return changeOwn(context, phoneOf(call), id, { type: Type.MESSAGE_EDIT, editedMessage }, seal);
      },
    },
    {
      method: "POST",
      path: "/phones/:number/revoke",
      answer: call => changeOwn(context, phoneOf(call), parseOr400(Revoke, call.body).id, { type: Type.REVOKE }),
    },
  ];
}

async function changeOwn(
  { world, outbox }: ControlContext,
  phone: Phone,
  id: string,
  change: proto.Message.IProtocolMessage,
  seal?: (phone: Phone, to: Destination, id: string) => proto.IMessage | undefined,
): Promise<Answer> {
  const sent = world.sent.find(phone.number, id);
  const to = sent && destinationOf(world, sent.chat);
  if (!sent || !to) throw new Problem(404, "message_not_found", `The phone has sent no message ${id}.`);
  refuseOffline(phone);
  const key = { remoteJid: sent.chat, fromMe: true, id };
  const clear = { protocolMessage: { ...change, key, timestampMs: world.now() } };
  const message = seal?.(phone, to, id) ?? clear;
  return { status: 201, body: { id: await outbox.send(phone, { to, message, toOwn: clear, automatic: false }) } };
}

/** Others get an edit sealed; the person's own companions get it in the clear (read from Baileys#2541). */
function sealingEdit({ world }: ControlContext, text: string) {
  return (phone: Phone, to: Destination, id: string) => {
    const about = sealedAbout(world, phone, id);
    return about && sealedEdit(phone, to, about, text, world.now());
  };
}

/** A reaction to a message that the phone got or sent; an empty emoji takes it back. */
export async function react(
  { world, outbox }: ControlContext,
  phone: Phone,
  to: Destination,
  reaction: { messageId: string; emoji: string },
): Promise<Answer> {
  refuseOffline(phone);
  const fromMe = world.sent.find(phone.number, reaction.messageId) !== undefined;
  const [received] = world.received.senders(phone.number, [reaction.messageId]);
  const author = isGroup(to) && received ? { participant: nameIn(world, to.id, received.sender) } : {};
  const key = { remoteJid: chatJid(to), fromMe, id: reaction.messageId, ...author };
  const message = { reactionMessage: { key, text: reaction.emoji, senderTimestampMs: world.now() } };
  return { status: 201, body: { id: await outbox.send(phone, { to, message, automatic: false }) } };
}

/** What a chat calls a person that is named by number: a group goes by LIDs. */
export function nameIn({ phones }: Pick<World, "phones">, chat: string, jid: string): string {
  const person = isGroupJid(chat) ? phones.named(jid) : undefined;
  return person ? lidJid(person.lid) : jid;
}

function refuseOffline(phone: Phone): void {
  if (!phone.online) throw new Problem(409, "phone_offline", "The phone is offline.");
}
