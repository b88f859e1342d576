import { getBinaryNodeChildren } from "@whiskeysockets/baileys";
import type { IqClient, IqHandlers } from "./iq-router.ts";
import type { Linking } from "./linking.ts";
import type { PhoneChores } from "./phone-chores.ts";
import type { Phone } from "./phones.ts";
import { attribute, stanza } from "./stanza.ts";
import type { World } from "./world.ts";

/** Everybody may see everything; `readreceipts` decides whether Baileys reads with receipts or in silence. */
const PRIVACY_CATEGORIES = ["readreceipts", "profile", "last", "online", "status", "groupadd", "calladd"];

/** The queries that a client makes about its own account between the login and the first message. */
export function accountQueries(world: World, chores: PhoneChores, linking: Linking): IqHandlers {
  return {
    "passive set active": client => ({ afterwards: () => openMailbox(world, chores, client) }),
    "passive set passive": () => ({}),
    "w:p get ping": () => ({}),
    "abt get props": ({ phone }) => ({
      content: [stanza("props", { protocol: "1", hash: "simulated", refresh: "86400" }, accountProps(phone))],
    }),
    "w get props": () => ({ content: [stanza("props", { hash: "simulated" }, [])] }),
    "blocklist get *": () => ({ content: [stanza("list", {}, [])] }),
    "blocklist set item": () => ({}),
    "privacy get privacy": () => ({
      content: [
        stanza(
          "privacy",
          {},
          PRIVACY_CATEGORIES.map(name => stanza("category", { name, value: "all" })),
        ),
      ],
    }),
    "privacy set tokens": () => ({}),
    "privacy set privacy": () => ({}),
    "w:m set media_conn": () => ({ content: [mediaConnection(world)] }),
    "status set status": () => ({}),
    "urn:xmpp:whatsapp:dirty set clean": () => ({}),
    "w:profile:picture get picture": () => ({ error: { code: "404", text: "item-not-found" } }),
    "w:sync:app:state set sync": (_client, { query }) => ({
      content: [
        stanza(
          "sync",
          {},
          getBinaryNodeChildren(query, "collection").map(({ attrs }) =>
            stanza("collection", { name: attrs.name, version: attrs.version ?? "0", type: "result" }),
          ),
        ),
      ],
    }),
    "md set remove-companion-device": ({ address }, { query }) => {
      const target = world.phones.addressOf(attribute(query, "jid"));
      if (target?.number !== address.number) return { error: { code: "403", text: "forbidden" } };
      return { afterwards: () => linking.unlink(target) };
    },
  };
}

/** Of WhatsApp's AB props the one that a client sends by; an account that is not migrated has none (measured: whatsapp-rust#941). */
function accountProps({ lidMigrated }: Phone) {
  return lidMigrated ? [stanza("prop", { config_code: "9435", config_value: "true" })] : [];
}

/** Where files are uploaded to and downloaded from, and what uploads must show. */
function mediaConnection({ media }: World) {
  const hour = "3600";
  const attributes = { auth: media.auth, ttl: hour, auth_ttl: hour, max_buckets: "12" };
  const limit = String(2 ** 31);
  return stanza("media_conn", attributes, [stanza("host", { hostname: media.hostname, maxContentLengthBytes: limit })]);
}

/** From here on the client takes mail. */
function openMailbox(world: World, chores: PhoneChores, { connection, address, phone }: IqClient): void {
  connection.mailbox.open();
  const device = world.devices.find(address);
  if (!device || device.historyAsked) return;
  world.database.transaction(() => {
    world.devices.markHistoryAsked(address);
    world.chores.add(phone.number, world.now(), { kind: "history", device: address.device });
  });
  chores.wake();
}
