import { proto } from "@whiskeysockets/baileys";
import type { SealedContent } from "../keys/journal-entry.ts";

const { MESSAGE_EDIT } = proto.Message.SecretEncryptedMessage.SecretEncType;
const tagBytes = 16;

/**
 * What a message says about another one, sealed with that one's secret; undefined where it does not. Phones send edits
 * so alone since May 2026 (Baileys#2541, #2547), poll votes ever since, reactions and comments in announcements.
 */
export function sealedIn(message: proto.IMessage): SealedContent | undefined {
  const { secretEncryptedMessage, encReactionMessage, encCommentMessage, pollUpdateMessage } = message;
  if (secretEncryptedMessage?.secretEncType === MESSAGE_EDIT) {
    return sealed("edit", secretEncryptedMessage.targetMessageKey, secretEncryptedMessage);
  }
  if (encReactionMessage) return sealed("reaction", encReactionMessage.targetMessageKey, encReactionMessage);
  if (encCommentMessage) return sealed("comment", encCommentMessage.targetMessageKey, encCommentMessage);
  if (pollUpdateMessage?.vote) return sealed("vote", pollUpdateMessage.pollCreationMessageKey, pollUpdateMessage.vote);
  return undefined;
}

interface Encrypted {
  readonly encIv?: Uint8Array | null;
  readonly encPayload?: Uint8Array | null;
}

function sealed(
  use: SealedContent["use"],
  key: proto.IMessageKey | null | undefined,
  { encIv, encPayload }: Encrypted,
): SealedContent | undefined {
  if (!key?.id || !encIv?.length || !encPayload || encPayload.length < tagBytes) return undefined;
  const [iv, bytes] = [Buffer.from(encIv).toString("base64"), Buffer.from(encPayload).toString("base64")];
  return { type: "sealed", use, targetWaMessageId: key.id, iv, bytes };
}
