import { getBinaryNodeChild, getBinaryNodeChildren } from "@whiskeysockets/baileys";
import { lidJid, modeOf, phoneJid } from "./device-address.ts";
import type { IqClient, IqHandlers } from "./iq-router.ts";
import type { Phone } from "./phones.ts";
import { childOf, firstChild, type Stanza, stanza, textOf, unixSeconds } from "./stanza.ts";
import type { World } from "./world.ts";

interface AskedPerson {
  readonly jid: string;
  readonly phone: Phone | undefined;
}

/** `usync`: who is on WhatsApp, which devices they have and what their LID is. */
export function usyncQuery(world: World): IqHandlers {
  return {
    "usync get usync": (client, { query }) => {
      const protocols = childrenOf(childOf(query, "query")).map(protocol => protocol.tag);
      const people = getBinaryNodeChildren(childOf(query, "list"), "user").map(user => askedPerson(world, user));
      const { sid, mode, context } = query.attrs;
      const users = people.map(person =>
        stanza("user", { jid: person.jid }, answers(world, client, protocols, person)),
      );
      const result = stanza(
        "result",
        {},
        protocols.map(tag => stanza(tag)),
      );
      const attributes = { sid, mode, context, index: "0", last: "true" };
      return { content: [stanza("usync", attributes, [result, stanza("list", {}, users)])] };
    },
  };
}

/** Asked by phone number (`<contact>+4912345</contact>` and no JID) or by JID. */
function askedPerson(world: World, user: Stanza): AskedPerson {
  const { jid } = user.attrs;
  if (jid) return { jid, phone: world.phones.named(jid) };
  const contact = getBinaryNodeChild(user, "contact");
  const number = contact ? textOf(contact).replace(/\D/g, "") : "";
  return { jid: phoneJid(number), phone: world.phones.find(number) };
}

function answers(world: World, client: IqClient, protocols: readonly string[], { jid, phone }: AskedPerson): Stanza[] {
  return protocols.flatMap(protocol => {
    switch (protocol) {
      case "contact":
        return [stanza("contact", { type: phone ? "in" : "out" })];
      case "devices":
        return phone ? [deviceList(world, client, jid, phone)] : [];
      case "lid":
        // Also where the LID was asked (guess): Baileys then asks for the keys of that phone anew.
        return phone && !world.faults.hidesLid(phone.number) ? [stanza("lid", { val: lidJid(phone.lid) })] : [];
      case "status":
        return phone ? [stanza("status", { t: unixSeconds(world.now()) }, Buffer.from(""))] : [];
      default:
        return [];
    }
  });
}

/** Baileys drops a companion that is listed without a key-index, and needs the phone, device 0, listed as well. */
function deviceList(world: World, { address }: IqClient, jid: string, phone: Phone): Stanza {
  world.devices.watch(phone.number, address, modeOf(jid));
  const stale = world.faults.withoutKeys.devicesOf(phone.number);
  const listed = new Set([...world.devices.of(phone.number).map(({ device }) => device), ...stale]);
  listed.delete(0);
  const companions = [...listed].map(device => stanza("device", { id: String(device), "key-index": String(device) }));
  return stanza("devices", {}, [stanza("device-list", {}, [stanza("device", { id: "0" }), ...companions])]);
}

function childrenOf(node: Stanza): Stanza[] {
  return firstChild(node) && Array.isArray(node.content) ? node.content : [];
}
