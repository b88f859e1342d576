import { deflateSync } from "node:zlib";
import { proto } from "@whiskeysockets/baileys";
import * as z from "zod";
import { lidJid, phoneJid } from "./device-address.ts";
import type { Phone } from "./phones.ts";
import type { World } from "./world.ts";

const CHATS_MAX = 50;
const ChatRow = z.object({ chat: z.string() });

/**
 * What a phone tells a companion that it has just linked: its chats and which LID belongs to which number, small enough
 * to travel inside the message itself (zlib, as `initialHistBootstrapInlinePayload`).
 */
export function historySyncMessage(world: World, phone: Phone): proto.IMessage {
  const people = recentChats(world, phone);
  const history = proto.HistorySync.encode({
    syncType: proto.HistorySync.HistorySyncType.INITIAL_BOOTSTRAP,
    chunkOrder: 1,
    progress: 100,
    conversations: people.map(person => ({
      id: phoneJid(person.number),
      lidJid: lidJid(person.lid),
      name: person.name,
      unreadCount: 0,
      messages: [],
    })),
    pushnames: people.map(person => ({ id: phoneJid(person.number), pushname: person.name })),
    phoneNumberToLidMappings: [phone, ...people].map(person => ({
      pnJid: phoneJid(person.number),
      lidJid: lidJid(person.lid),
    })),
  }).finish();
  return {
    protocolMessage: {
      type: proto.Message.ProtocolMessage.Type.HISTORY_SYNC_NOTIFICATION,
      historySyncNotification: {
        syncType: proto.Message.HistorySyncType.INITIAL_BOOTSTRAP,
        chunkOrder: 1,
        progress: 100,
        initialHistBootstrapInlinePayload: deflateSync(history),
      },
    },
  };
}

/** The people whom the phone wrote to or heard from last. */
function recentChats(world: World, phone: Phone): Phone[] {
  const rows = world.database
    .prepare(
      `SELECT chat FROM (SELECT chat, received_at AS at FROM received_messages WHERE number = ?1
         UNION ALL SELECT chat, sent_at AS at FROM sent_messages WHERE number = ?1)
       GROUP BY chat ORDER BY max(at) DESC LIMIT ?2`,
    )
    .all(phone.number, CHATS_MAX);
  return rows
    .map(row => world.phones.named(ChatRow.parse(row).chat))
    .filter(person => person !== undefined)
    .filter(person => person.number !== phone.number);
}
