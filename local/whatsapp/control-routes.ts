import type * as z from "zod";
import { broadcastRoutes } from "./control-broadcasts.ts";
import { callRoutes } from "./control-calls.ts";
import { changeRoutes, nameIn, react } from "./control-changes.ts";
import type { ControlContext } from "./control-context.ts";
import { faultRoutes } from "./control-faults.ts";
import { groupRoutes } from "./control-groups.ts";
import { historyRoutes } from "./control-history.ts";
import { mediaRoutes } from "./control-media.ts";
import { passkeyRoutes } from "./control-passkey.ts";
import { receiptRoutes } from "./control-receipts.ts";
import type { Answer, Call, Route } from "./control-route.ts";
import { MessagesQuery, NewMessage, NewPhone, Pair, PhoneChange, PhoneNumber, Read, Scan } from "./control-schemas.ts";
import { sealedRoutes } from "./control-sealed.ts";
import { type Destination, destinationOf, isGroup } from "./destination.ts";
import { deviceJidIn, lidJid, phoneJid } from "./device-address.ts";
import { isGroupJid, memberOf } from "./groups.ts";
import type { LinkedDevice } from "./linked-devices.ts";
import { writtenMentions } from "./mentions.ts";
import { PairingFailed } from "./pairing-failed.ts";
import { PasskeySettings } from "./passkey-linking.ts";
import { attach } from "./phone-media.ts";
import type { Phone } from "./phones.ts";
import { Problem, parseOr400 } from "./problem.ts";
import { structuredMessage } from "./structured-content.ts";
import type { World } from "./world.ts";

export function controlRoutes(context: ControlContext): Route[] {
  return [
    ...phoneRoutes(context),
    ...messageRoutes(context),
    ...changeRoutes(context, call => phoneOf(context.world, call)),
    ...broadcastRoutes(context, call => phoneOf(context.world, call)),
    ...callRoutes(context, call => phoneOf(context.world, call)),
    ...passkeyRoutes(context, call => phoneOf(context.world, call)),
    ...groupRoutes(context),
    ...mediaRoutes(context, call => phoneOf(context.world, call)),
    ...receiptRoutes(context, call => phoneOf(context.world, call)),
    ...sealedRoutes(context, call => phoneOf(context.world, call)),
    ...historyRoutes(context, call => phoneOf(context.world, call)),
    ...faultRoutes(context),
    ...context.world.versions.routes(),
    {
      method: "GET",
      path: "/stats",
      answer: () => ok(context.world.stats.snapshot(context.world.live.count)),
    },
    { method: "GET", path: "/logins", answer: () => ok({ data: context.world.logins.all }) },
    { method: "GET", path: "/hosts", answer: () => ok(context.hosts()) },
  ];
}

function phoneRoutes(context: ControlContext): Route[] {
  const { world } = context;
  return [
    { method: "POST", path: "/phones", answer: call => createPhone(context, call) },
    {
      method: "GET",
      path: "/phones",
      answer: () => ok({ data: world.phones.list().map(phone => describe(world, phone)) }),
    },
    { method: "GET", path: "/phones/:number", answer: call => ok(describe(world, phoneOf(world, call))) },
    { method: "PATCH", path: "/phones/:number", answer: call => changePhone(context, call) },
    { method: "POST", path: "/phones/:number/scan", answer: call => scan(context, call) },
    { method: "POST", path: "/phones/:number/pair", answer: call => pair(context, call) },
    { method: "DELETE", path: "/phones/:number/devices/:device", answer: call => unlink(context, call) },
  ];
}

function messageRoutes(context: ControlContext): Route[] {
  const { world } = context;
  return [
    { method: "POST", path: "/phones/:number/messages", answer: call => sendMessage(context, call) },
    {
      method: "GET",
      path: "/phones/:number/messages",
      answer: call => {
        const { number } = phoneOf(world, call);
        return ok({ data: world.received.after(number, parseOr400(MessagesQuery, call.query).after) });
      },
    },
    { method: "POST", path: "/phones/:number/read", answer: call => readMessages(context, call) },
  ];
}

function createPhone({ world, pairing }: ControlContext, { body }: Call): Answer {
  const { number, name, passkey, ...account } = parseOr400(NewPhone, body);
  const phone = world.phones.create(number, name ?? `Phone ${number}`, account);
  if (!phone) throw new Problem(409, "phone_exists", "There is a phone with this number already.");
  if (passkey === true) pairing.passkeys.require(number, PasskeySettings.parse({}));
  return { status: 201, body: identity(phone) };
}

function changePhone({ world, inbox, chores }: ControlContext, call: Call): Answer {
  const { number } = phoneOf(world, call);
  world.phones.change(number, parseOr400(PhoneChange, call.body));
  // What waited for an offline phone is seen to as soon as it is back.
  inbox.wake(number);
  chores.wake();
  return ok(describe(world, phoneOf(world, call)));
}

function scan(context: ControlContext, call: Call): Promise<Answer> {
  const phone = phoneOf(context.world, call);
  const { qr } = parseOr400(Scan, call.body);
  return link(context, phone, () => context.pairing.byQr.scan(phone, qr));
}

function pair(context: ControlContext, call: Call): Promise<Answer> {
  const phone = phoneOf(context.world, call);
  const { code } = parseOr400(Pair, call.body);
  return link(context, phone, () => context.pairing.byCode.pair(phone, code));
}

const linkFailures = {
  malformed_qr: 400,
  unknown_qr: 404,
  no_code_asked: 404,
  wrong_code: 403,
  passkey_required: 409,
  couldnt_link_device: 409,
  client_did_not_answer: 504,
} as const;

async function link({ world }: ControlContext, phone: Phone, how: () => Promise<number>): Promise<Answer> {
  try {
    const linked = world.devices.find({ number: phone.number, device: await how() });
    if (!linked) throw new Problem(409, "unlinked", "The device was unlinked again at once.");
    return ok(describeDevice(world, phone, linked));
  } catch (error) {
    throw error instanceof PairingFailed ? new Problem(linkFailures[error.code], error.code, error.message) : error;
  }
}

function unlink({ world, linking }: ControlContext, call: Call): Answer {
  const { number } = phoneOf(world, call);
  const device = world.devices.find({ number, device: Number(call.parameters.device) });
  if (!device) throw new Problem(404, "device_not_found", "The phone has no such linked device.");
  linking.unlink({ number, device: device.device });
  return { status: 204 };
}

async function sendMessage(context: ControlContext, call: Call): Promise<Answer> {
  const { world, outbox } = context;
  const phone = phoneOf(world, call);
  const message = parseOr400(NewMessage, call.body);
  if (!phone.online) throw new Problem(409, "phone_offline", "The phone is offline.");
  const to = writtenTo(world, phone, message.to);
  if ("reaction" in message) return react(context, phone, to, message.reaction);
  const written = await writtenMessage(world, phone, message);
  const sentAtMs = "at" in message && message.at !== undefined ? Date.parse(message.at) : undefined;
  const onlyPhone = "onlyPhone" in message && message.onlyPhone;
  const outgoing = { to, message: written, automatic: false, sentAtMs, onlyPhone };
  return { status: 201, body: { id: await outbox.send(phone, outgoing) } };
}

function writtenTo(world: World, phone: Phone, name: string): Destination {
  const jid = name.includes("@") ? name : phoneJid(parseOr400(PhoneNumber, name));
  const to = destinationOf(world, jid);
  if (!to) throw new Problem(404, "not_on_whatsapp", "There is no phone with this number, and no such group.");
  if (!isGroup(to)) return to;
  const member = memberOf(to, phone.number);
  if (!member) throw new Problem(403, "not_in_group", "The phone is not in this group.");
  if (to.announce && member.role === "member") throw new Problem(403, "only_admins", "Only administrators may write.");
  return to;
}

function writtenMessage(world: World, phone: Phone, message: Exclude<NewMessage, { reaction: unknown }>) {
  if ("media" in message) {
    const { media, quotedId } = message;
    return attach(world.media, media, quotedId === undefined ? undefined : quotedIn(world, phone, quotedId));
  }
  return "text" in message ? textOf(world, phone, message) : structuredMessage(message);
}

type WrittenText = Extract<z.output<typeof NewMessage>, { text: string }>;

function textOf(world: World, phone: Phone, { to, text, quotedId, mentions, ad }: WrittenText) {
  if (ad !== undefined) return adReply(text, ad);
  if (quotedId === undefined && mentions.length === 0) return { conversation: text };
  const people = mentions.map(number => world.phones.find(number)).filter(person => person !== undefined);
  const { text: written, mentionedJid } = writtenMentions(text, people, to.endsWith("@g.us"));
  const quotation = quotedId === undefined ? {} : quotedIn(world, phone, quotedId);
  return { extendedTextMessage: { text: written, contextInfo: { ...quotation, mentionedJid } } };
}

/** A message of somebody who came from an ad (fields as of WhatsApp's Click-to-WhatsApp ads; read: WAProto.proto). */
function adReply(text: string, { headline, ...ad }: NonNullable<WrittenText["ad"]>) {
  const externalAdReply = { ...ad, title: headline, sourceType: "ad", showAdAttribution: true };
  return { extendedTextMessage: { text, contextInfo: { externalAdReply } } };
}

/** How a message names the one it answers: by its id and who wrote it. */
function quotedIn(world: World, phone: Phone, stanzaId: string) {
  const [received] = world.received.senders(phone.number, [stanzaId]);
  const quotedMessage = { conversation: "" };
  if (received) return { stanzaId, participant: nameIn(world, received.chat, received.sender), quotedMessage };
  const sent = world.sent.find(phone.number, stanzaId);
  if (!sent) throw new Problem(404, "message_not_found", `The phone knows no message ${stanzaId}.`);
  const participant = nameIn(world, sent.chat, phoneJid(phone.number));
  return { stanzaId, participant, quotedMessage: sent.message };
}

/** One receipt per author, as a phone sends when a chat is opened. */
function readMessages({ world, receipts }: ControlContext, call: Call): Answer {
  const phone = phoneOf(world, call);
  const { ids } = parseOr400(Read, call.body);
  const found = world.received.senders(phone.number, ids);
  const unknown = ids.filter(id => !found.some(message => message.id === id));
  if (unknown.length > 0) {
    throw new Problem(404, "message_not_found", `The phone has received no message ${unknown.join(", ")}.`);
  }
  if (!phone.online) throw new Problem(409, "phone_offline", "The phone is offline.");
  for (const messages of Map.groupBy(found, ({ sender, chat, mode }) => `${mode} ${sender} ${chat}`).values()) {
    const [first] = messages;
    if (!first || first.sender === phoneJid(phone.number)) continue;
    const group = isGroupJid(first.chat) ? first.chat : undefined;
    const ids = messages.map(({ id }) => id);
    const read = { ids, to: first.sender, type: "read", mode: first.mode, group } as const;
    receipts.fromPhone(phone, read);
  }
  return ok({ ids });
}

function phoneOf(world: World, { parameters }: Call): Phone {
  const number = PhoneNumber.safeParse(parameters.number);
  const phone = number.success ? world.phones.find(number.data) : undefined;
  if (!phone) throw new Problem(404, "phone_not_found", "There is no phone with this number.");
  return phone;
}

function identity({ number, lid, name }: Phone) {
  return { number, jid: phoneJid(number), lid: lidJid(lid), name };
}

function describe(world: World, phone: Phone) {
  const devices = world.devices.of(phone.number).map(device => describeDevice(world, phone, device));
  return { ...phone, ...identity(phone), devices };
}

function describeDevice(world: World, phone: Phone, { device, name, linkedAt }: LinkedDevice) {
  const connected = world.live.of({ number: phone.number, device })?.isOpen ?? false;
  const names = { jid: deviceJidIn("pn", phone, device), lid: deviceJidIn("lid", phone, device) };
  return { id: device, name, ...names, connected, linkedAt };
}

function ok(body: unknown): Answer {
  return { status: 200, body };
}
