import { createHmac } from "node:crypto";
import { getBinaryNodeChildBuffer } from "@whiskeysockets/baileys";
import { lidJid } from "./device-address.ts";
import { attribute, type Stanza } from "./stanza.ts";
import type { World } from "./world.ts";

const REFUSED = "463";

/**
 * The code that a companion's message which begins a chat is refused with; undefined where it may.
 *
 * While the account's time-lock lasts nobody new may be written to (measured: Baileys#2441). At any time such a message
 * must carry a `<cstoken>`, HMAC-SHA256 of the recipient's LID under the salt that the phone told (measured that one
 * without any token is a 463: whatsapp-rust#433, evolution-go#124; read what it is made of: whatsmeow cstoken.go). A
 * `<tctoken>` comes from the other side, so nobody new has one.
 */
export function refusedFirstContact(world: World, sender: string, message: Stanza): string | undefined {
  const account = world.phones.find(sender);
  const recipient = world.phones.named(attribute(message, "to"));
  const isOwnBusiness = message.attrs.category === "peer" || message.attrs.recipient !== undefined;
  if (!account || !recipient || isOwnBusiness) return undefined;
  if (world.acquaintances.are(sender, recipient.number)) return undefined;
  if (world.faults.timeLocks.untilMs(sender) !== null) return REFUSED;
  if (!account.asksForTokens || world.faults.hidesLid(recipient.number)) return undefined;
  const token = getBinaryNodeChildBuffer(message, "cstoken");
  const expected = createHmac("sha256", nctSalt(world, sender)).update(lidJid(recipient.lid)).digest();
  return token && expected.equals(token) ? undefined : REFUSED;
}

/** The secret of an account that its phone tells its companions, and that the server knows too. */
export function nctSalt({ phones }: Pick<World, "phones">, number: string): Buffer {
  return createHmac("sha256", phones.credentials(number).signedIdentityKey.private).update("nct salt").digest();
}
