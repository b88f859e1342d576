import { deflateSync } from "node:zlib";
import { encodeWAMessage, proto, type SignalDataSet } from "@whiskeysockets/baileys";
import { describe, expect, it } from "vitest";
import { historyItems } from "../../../socket-host/baileys/history-chunk.ts";
import { historyNotice } from "../../../socket-host/baileys/history-notice.ts";
import { type HistoryItem, HistoryUnreadable } from "../../../socket-host/whatsapp-port.ts";

const { HistorySyncType: Type } = proto.HistorySync;
const person = "15551112222@s.whatsapp.net";
const lid = "77@lid";

/** What the reader needs of a socket: the keys of a session, and who it learns is who. */
function session() {
  const store = new Map<string, unknown>();
  const set = async (data: SignalDataSet) => {
    for (const [type, values] of Object.entries(data))
      for (const [id, value] of Object.entries(values ?? {})) store.set(`${type} ${id}`, value);
  };
  const keys = {
    get: async (type: string, ids: string[]) =>
      Object.fromEntries(ids.flatMap(id => (store.has(`${type} ${id}`) ? [[id, store.get(`${type} ${id}`)]] : []))),
    set,
  };
  const storeLIDPNMappings = async (pairs: { lid: string; pn: string }[]) => {
    for (const { lid, pn } of pairs) {
      const [lidUser, pnUser] = [lid.split("@")[0] ?? "", pn.split("@")[0] ?? ""];
      await set({ "lid-mapping": { [pnUser]: lidUser, [`${lidUser}_reverse`]: pnUser } });
    }
  };
  const media = { host: async () => "127.0.0.1:9", isTrusted: () => true };
  const sock = { signalRepository: { lidMapping: { storeLIDPNMappings } } };
  const facts = { learn: () => undefined };
  const parts = { keys, media, facts, sock, self: { pn: "15550000001@s.whatsapp.net", lid: "1@lid" } };
  return { store, parts: parts as unknown as Parameters<typeof historyItems>[0] };
}

const inline = (history: Record<string, unknown>) =>
  proto.Message.HistorySyncNotification.encode({
    initialHistBootstrapInlinePayload: deflateSync(
      proto.HistorySync.encode(proto.HistorySync.fromObject(history)).finish(),
    ),
  }).finish();

async function read(notification: Uint8Array, { parts } = session()): Promise<HistoryItem[]> {
  const items: HistoryItem[] = [];
  for await (const item of historyItems(parts, notification)) items.push(item);
  return items;
}

const text = (id: string, more: Record<string, unknown> = {}) => ({
  message: {
    key: { remoteJid: person, fromMe: false, id, ...more },
    message: { conversation: `text ${id}` },
    messageTimestamp: 1_700_000_000,
  },
});

describe("a piece of history", () => {
  it("is read item by item, each person under both names, whichever of them the phone used", async () => {
    const items = await read(
      inline({
        syncType: Type.RECENT,
        conversations: [
          { id: person, name: "Ana", messages: [text("A"), text("B", { fromMe: true })] },
          {
            id: "120363000@g.us",
            name: "Us",
            messages: [text("C", { remoteJid: "120363000@g.us", participant: lid })],
          },
        ],
        pushnames: [{ id: person, pushname: "Ana B" }],
        phoneNumberToLidMappings: [{ lidJid: lid, pnJid: person }],
      }),
    );
    expect(items).toMatchObject([
      { type: "message", entry: { waMessageId: "A", fromMe: false, chat: person, chatLid: lid, status: "read" } },
      { type: "message", entry: { waMessageId: "B", fromMe: true, chat: person, chatLid: lid, status: "sent" } },
      { type: "chat", chat: person, lid, name: "Ana" },
      { type: "message", entry: { chat: "120363000@g.us", participant: person, participantLid: lid } },
      { type: "chat", chat: "120363000@g.us", lid: null, name: "Us" },
      { type: "person", chat: person, lid, name: "Ana B" },
    ]);
    expect(items[0]).toMatchObject({ entry: { whatsappAtMs: 1_700_000_000_000, content: { text: "text A" } } });
  });

  it("says of the owner's own messages how far they came", async () => {
    const { DELIVERY_ACK, READ, PLAYED, SERVER_ACK } = proto.WebMessageInfo.Status;
    const messages = [SERVER_ACK, DELIVERY_ACK, READ, PLAYED].map((status, place) => {
      const { message } = text(`M${place}`, { fromMe: true });
      return { message: { ...message, status } };
    });
    const items = await read(inline({ syncType: Type.RECENT, conversations: [{ id: person, messages }] }));
    const statuses = items.flatMap(item => (item.type === "message" ? [item.entry.status] : []));
    expect(statuses).toEqual(["sent", "delivered", "read", "played"]);
  });

  it("says what people think of each message: one reaction a person, the last, none taken back", async () => {
    const group = "120363000@g.us";
    const by = (text: string, key: Record<string, unknown>, senderTimestampMs?: number) => ({
      ...{ text, key: { remoteJid: group, id: "R", ...key }, senderTimestampMs },
    });
    const reactions = [
      by("👍", { fromMe: true }, 3_000),
      by("❤️", { participant: lid }, 2_000),
      by("😂", { participant: person }, 1_000),
      by("😮", { participant: "1@lid" }, 2_500),
      by("", { participant: "15551113333@s.whatsapp.net" }, 4_000),
      by("🎂", {}, 5_000),
    ];
    const inGroup = text("A", { remoteJid: group, participant: person }).message;
    const inChat = text("B").message;
    const items = await read(
      inline({
        syncType: Type.RECENT,
        conversations: [
          { id: group, messages: [{ message: { ...inGroup, reactions } }] },
          { id: person, messages: [{ message: { ...inChat, reactions: [by("🎂", { remoteJid: person })] } }] },
        ],
        phoneNumberToLidMappings: [{ lidJid: lid, pnJid: person }],
      }),
    );
    const own = { fromMe: true, participant: null, participantLid: null };
    const shown = items.flatMap(item => (item.type === "message" ? [item.entry.reactions] : []));
    expect(shown).toEqual([
      [
        { emoji: "❤️", fromMe: false, participant: person, participantLid: lid, atMs: 2_000 },
        { emoji: "👍", ...own, atMs: 3_000 },
      ],
      [{ emoji: "🎂", fromMe: false, participant: null, participantLid: null, atMs: 1_700_000_000_000 }],
    ]);
  });

  it("has an edited message as it is now, under its own id, with what it answers", async () => {
    const { MESSAGE_EDIT } = proto.Message.ProtocolMessage.Type;
    const edited = (editedMessage: Record<string, unknown>, timestampMs?: number) => ({
      editedMessage: {
        message: { protocolMessage: { type: MESSAGE_EDIT, key: { id: "A" }, editedMessage, timestampMs } },
      },
    });
    const contextInfo = { stanzaId: "Q", participant: person };
    const said = { extendedTextMessage: { text: "since then", contextInfo } };
    const messages = [
      { message: { ...text("A").message, message: edited(said, 1_700_000_060_000) } },
      { message: { ...text("B").message, message: edited({ conversation: "at no time" }) } },
    ];
    const items = await read(inline({ syncType: Type.RECENT, conversations: [{ id: person, messages }] }));
    const entries = items.flatMap(item => (item.type === "message" ? [item.entry] : []));
    expect(entries).toMatchObject([
      {
        waMessageId: "A",
        whatsappAtMs: 1_700_000_000_000,
        editedAtMs: 1_700_000_060_000,
        content: { type: "text", text: "since then", quotedWaMessageId: "Q" },
      },
      { waMessageId: "A", editedAtMs: 1_700_000_000_000, content: { text: "at no time" } },
    ]);
  });

  it("leaves out what is no message: WhatsApp's own notices, changes, channels, status", async () => {
    const vote = { encIv: Buffer.alloc(12, 1), encPayload: Buffer.alloc(40, 2) };
    const conversations = [
      {
        id: person,
        messages: [
          { message: { key: { remoteJid: person, id: "stub" }, messageStubType: 68, messageTimestamp: 1 } },
          { message: { ...text("R").message, message: { reactionMessage: { key: { id: "A" }, text: "+" } } } },
          {
            message: {
              ...text("V").message,
              message: { pollUpdateMessage: { pollCreationMessageKey: { id: "A" }, vote } },
            },
          },
          { message: { ...text("T").message, messageTimestamp: 0 } },
        ],
      },
      { id: "1@newsletter", messages: [text("N", { remoteJid: "1@newsletter" })] },
      { id: "status@broadcast", messages: [text("S", { remoteJid: "status@broadcast" })] },
    ];
    expect(await read(inline({ syncType: Type.RECENT, conversations }))).toEqual([
      { type: "chat", chat: person, lid: null, name: null },
    ]);
  });

  it("keeps the tokens that let one write to its chats, the newer one of two, under the LID", async () => {
    const known = session();
    const chat = (tcTokenTimestamp: number, byte: number) =>
      inline({
        syncType: Type.INITIAL_BOOTSTRAP,
        conversations: [{ id: person, lidJid: lid, tcToken: Buffer.from([byte]), tcTokenTimestamp }],
      });
    await read(chat(200, 2), known);
    await read(chat(100, 1), known);
    expect(known.store.get(`tctoken ${lid}`)).toMatchObject({ token: Buffer.from([2]), timestamp: "200" });
  });

  it.each<[string, Uint8Array]>([
    [
      "no zlib",
      proto.Message.HistorySyncNotification.encode({ initialHistBootstrapInlinePayload: Buffer.from("no") }).finish(),
    ],
    [
      "cut off",
      proto.Message.HistorySyncNotification.encode({
        initialHistBootstrapInlinePayload: deflateSync(Buffer.from([0x12, 0x7f, 0x01])),
      }).finish(),
    ],
    ["nowhere", proto.Message.HistorySyncNotification.encode({ directPath: "/x" }).finish()],
  ])("that is %s is unreadable for good", async (_, notification) => {
    await expect(read(notification)).rejects.toBeInstanceOf(HistoryUnreadable);
  });

  it("of any size goes through a memory of one message", { timeout: 60_000 }, async () => {
    const messages = Array.from({ length: 30_000 }, (_, place) => text(`BIG${place}`));
    const notification = inline({ syncType: Type.RECENT, conversations: [{ id: person, messages }] });
    let seen = 0;
    for await (const item of historyItems(session().parts, notification)) seen += item.type === "message" ? 1 : 0;
    expect(seen).toBe(30_000);
  });
});

describe("a notice of history", () => {
  it("is kept, and Baileys is shown the same notice of nothing", () => {
    const historySyncNotification = { syncType: Type.RECENT, chunkOrder: 2, progress: 50, directPath: "/f" };
    const padded = encodeWAMessage({ protocolMessage: { type: 5, historySyncNotification } } as proto.IMessage);
    const notice = historyNotice(padded);
    expect(proto.Message.HistorySyncNotification.decode(notice?.kept ?? Buffer.alloc(0)).directPath).toBe("/f");
    expect(notice && historyNotice(notice.shown)).toBeDefined();
  });

  it.each([Type.FULL, Type.INITIAL_STATUS_V3])("of type %s is left to Baileys", syncType => {
    const message = { protocolMessage: { type: 5, historySyncNotification: { syncType } } } as proto.IMessage;
    expect(historyNotice(encodeWAMessage(message))).toBeUndefined();
  });
});
