import { createHash } from "node:crypto";
import { getBinaryNodeChild, getBinaryNodeChildren } from "@whiskeysockets/baileys";
import { addressKey, type DeviceAddress, deviceJidIn, lidJid, modeOf } from "./device-address.ts";
import type { Phone } from "./phones.ts";
import { attribute, type Stanza } from "./stanza.ts";
import type { World } from "./world.ts";

/**
 * What the ack of a message to one person says besides that it was taken: a `phash` where a device of theirs or of the
 * writer's got nothing (read: zapo and whatsmeow take it so), and `refresh_lid` where the person has a new LID (measured:
 * Baileys#2661).
 */
export function ackMarks(world: World, writer: DeviceAddress, message: Stanza): Record<string, string | undefined> {
  const to = attribute(message, "to");
  const recipient = world.phones.named(to);
  if (!recipient) return {};
  const isFormer = modeOf(to) === "lid" && !to.startsWith(lidJid(recipient.lid).slice(0, -"@lid".length));
  if (isFormer) world.stats.sentToFormerLids++;
  return { phash: missedHash(world, writer, recipient, message), refresh_lid: isFormer ? "true" : undefined };
}

function missedHash(world: World, writer: DeviceAddress, recipient: Phone, message: Stanza): string | undefined {
  const participants = getBinaryNodeChild(message, "participants");
  const owner = world.phones.find(writer.number);
  if (!participants || !owner) return undefined;
  const reached = new Set(
    getBinaryNodeChildren(participants, "to").flatMap(to => {
      const address = world.phones.addressOf(attribute(to, "jid"));
      return address ? [addressKey(address)] : [];
    }),
  );
  reached.add(addressKey(writer));
  const people = owner.number === recipient.number ? [owner] : [owner, recipient];
  const devices = people.flatMap(person =>
    [0, ...world.devices.of(person.number).map(({ device }) => device)].map(device => ({ person, device })),
  );
  const hasMissed = devices.some(({ person: { number }, device }) => !reached.has(addressKey({ number, device })));
  if (!hasMissed) return undefined;
  const names = devices.map(({ person, device }) => deviceJidIn(modeOf(attribute(message, "to")), person, device));
  return `2:${createHash("sha256").update(names.sort().join("")).digest().subarray(0, 6).toString("base64")}`;
}
