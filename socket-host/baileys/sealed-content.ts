import { createDecipheriv, createHash, hkdfSync } from "node:crypto";
import { normalizeMessageContent, proto } from "@whiskeysockets/baileys";
import type { Jid } from "../../domain/jid.ts";
import type { InboundContent, SealedContent } from "../keys/journal-entry.ts";
import { commentContentOf, editedTextOf } from "./inbound-content.ts";

const keyBytes = 32;
const tagBytes = 16;

/** What is needed to open it: the secret of the message it is about, and each name of its author and of the speaker. */
export interface Opening {
  readonly secret: Uint8Array;
  readonly author: readonly Jid[];
  readonly by: readonly Jid[];
  /** The options of the poll that it is about. */
  readonly options: readonly string[];
}

const words = { edit: "Message Edit", reaction: "Enc Reaction", comment: "Enc Comment", vote: "Poll Vote" } as const;

/**
 * What sealed content says; undefined where the secret opens nothing, or it says nothing that is read. Which of two
 * names a phone sealed with is not told, so each is tried (whatsmeow msgsecret.go, and omni#1106 against live traffic).
 */
export function openSealed(content: SealedContent, opening: Opening): InboundContent | undefined {
  for (const author of opening.author) {
    for (const by of opening.by) {
      const plain = opened(content, opening.secret, author, by);
      if (plain !== undefined) return read(content, plain, opening.options);
    }
  }
  return undefined;
}

function opened(content: SealedContent, secret: Uint8Array, author: Jid, by: Jid): Uint8Array | undefined {
  const { use, targetWaMessageId: id } = content;
  const info = `${id}${author}${by}${words[use]}`;
  const key = new Uint8Array(hkdfSync("sha256", secret, new Uint8Array(keyBytes), info, keyBytes));
  const bytes = Buffer.from(content.bytes, "base64");
  const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(content.iv, "base64"));
  if (use === "vote") decipher.setAAD(Buffer.from(`${id}\0${by}`));
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(0, -tagBytes)), decipher.final()]);
  } catch {
    // Authentication failed: it was sealed with another of the two people's names, or with another secret.
    return undefined;
  }
}

function read(
  { use, targetWaMessageId }: SealedContent,
  plain: Uint8Array,
  options: readonly string[],
): InboundContent | undefined {
  switch (use) {
    case "edit": {
      const message = proto.Message.decode(plain);
      const edited = normalizeMessageContent(message)?.protocolMessage?.editedMessage ?? message;
      const text = editedTextOf(edited);
      return text ? { type: "edit", targetWaMessageId, text } : undefined;
    }
    case "reaction":
      return { type: "reaction", targetWaMessageId, emoji: proto.Message.ReactionMessage.decode(plain).text ?? "" };
    case "comment":
      return commentContentOf(proto.Message.decode(plain), targetWaMessageId);
    case "vote": {
      const { selectedOptions } = proto.Message.PollVoteMessage.decode(plain);
      const chosen = new Set((selectedOptions ?? []).map(hash => Buffer.from(hash).toString("hex")));
      const isChosen = (option: string) => chosen.has(createHash("sha256").update(option).digest("hex"));
      return { type: "vote", targetWaMessageId, options: options.filter(isChosen) };
    }
    default:
      return use satisfies never;
  }
}

/** The secret in a message that this session sent; undefined where it has none. */
export function secretInPayload(payload: Uint8Array): Uint8Array | undefined {
  return proto.Message.decode(payload).messageContextInfo?.messageSecret ?? undefined;
}
