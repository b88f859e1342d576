import type { GroupMetadata, WASocket } from "@whiskeysockets/baileys";
import { jidDecode } from "@whiskeysockets/baileys";
import type { Jid } from "../../domain/jid.ts";

type Sock = Pick<WASocket, "authState" | "signalRepository">;

/**
 * Makes the next message to a group begin with a new key where somebody has the present one who is in the group no more,
 * as phones do; Baileys goes on with one key for good. Who has it is what Baileys notes as it gives it out
 * (lib/Socket/messages-send.js). In a transaction, since a send reads that note at its beginning and writes it at its end.
 */
export async function renewKeyOfLeavers(
  { authState, signalRepository }: Sock,
  group: Jid,
  { participants }: Pick<GroupMetadata, "participants">,
): Promise<void> {
  const { keys, creds } = authState;
  const present = new Set(participants.flatMap(({ id, lid, phoneNumber }) => [id, lid, phoneNumber].map(userOf)));
  for (const own of [creds.me?.id, creds.me?.lid]) present.add(userOf(own));
  await keys.transaction(async () => {
    const holders = (await keys.get("sender-key-memory", [group]))[group] ?? {};
    if (Object.keys(holders).every(holder => present.has(userOf(holder)))) return;
    const names = [creds.me?.id, creds.me?.lid].flatMap(own => (own === undefined ? [] : [nameOf(own)]));
    const keyOf = Object.fromEntries(names.map(name => [name, null]));
    await keys.set({ "sender-key": keyOf, "sender-key-memory": { [group]: null } });
  }, group);

  /** As Baileys spells it (lib/Signal/Group/sender-key-name.js). */
  function nameOf(own: string): string {
    return `${group}::${signalRepository.jidToSignalProtocolAddress(own).replace(".", "::")}`;
  }
}

function userOf(jid: string | undefined): string | undefined {
  return jidDecode(jid)?.user;
}
