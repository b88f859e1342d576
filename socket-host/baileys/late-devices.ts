import { createHash } from "node:crypto";
import { jidNormalizedUser, proto, type WASocket } from "@whiskeysockets/baileys";
import { isGroup, isLid, type Jid } from "../../domain/jid.ts";
import type { OpenOptions } from "../whatsapp-port.ts";
import type { GroupCache } from "./group-cache.ts";
import { editAttribute } from "./outgoing-change.ts";

export interface LateParts {
  readonly sock: WASocket;
  readonly groups: GroupCache;
  readonly options: Pick<OpenOptions, "payloadOf" | "log">;
}

interface Missed {
  readonly chat: Jid;
  readonly waMessageId: string;
  readonly phash: string;
}

/**
 * WhatsApp says by a hash that a message did not go to all devices of a chat: the lists are asked for anew, and those
 * devices that were not in them get the message, under its id, as if they had asked for it.
 */
export async function reachLateDevices(
  { sock, groups, options }: LateParts,
  { chat, waMessageId, phash }: Missed,
): Promise<void> {
  const { me } = sock.authState.creds;
  const own = isLid(chat) ? me?.lid : me?.id;
  const people = isGroup(chat)
    ? (await groups.of(chat)).participants.map(({ id }) => id)
    : [jidNormalizedUser(own), chat];
  const before = (await sock.getUSyncDevices(people, true, false)).map(({ jid }) => jid).filter(jid => jid !== own);
  if (own !== undefined && hashOf([...before, own]) === phash) return;
  const now = (await sock.getUSyncDevices(people, false, false)).map(({ jid }) => jid);
  const late = now.filter(jid => jid !== me?.id && jid !== me?.lid && !before.includes(jid));
  const payload = late.length === 0 ? undefined : await options.payloadOf(waMessageId);
  if (payload === undefined) return;
  options.log.info("message sent to devices that were not known", { waMessageId, count: late.length });
  await sock.assertSessions(late);
  const message = proto.Message.decode(payload);
  for (const jid of late) {
    const participant = { jid, count: 1 };
    await sock.relayMessage(chat, message, {
      ...{ messageId: waMessageId, participant },
      additionalAttributes: editAttribute(message),
    });
  }
}

/** The writer's device included, as whatsmeow makes it (send.go, participantListHashV2); Baileys cuts it short. */
function hashOf(devices: readonly string[]): string {
  const hash = createHash("sha256").update(devices.toSorted().join("")).digest();
  return `2:${hash.subarray(0, 6).toString("base64")}`;
}
