import { attribute, type Stanza } from "./stanza.ts";
import type { World } from "./world.ts";

const LOCKED = "463";

/**
 * The code that a companion's message which begins a chat is refused with; undefined where it may. While the account's
 * time-lock lasts nobody new may be written to (measured: Baileys#2441).
 */
export function refusedFirstContact(world: World, sender: string, message: Stanza): string | undefined {
  const recipient = world.phones.named(attribute(message, "to"));
  const isOwnBusiness = message.attrs.category === "peer" || message.attrs.recipient !== undefined;
  if (!recipient || isOwnBusiness || world.acquaintances.are(sender, recipient.number)) return undefined;
  return world.faults.timeLocks.untilMs(sender) === null ? undefined : LOCKED;
}
