import type { Chat } from "../chat/chat.ts";
import type { MediaKind } from "../media/kind.ts";
import type { MessageFile, StoredMessage } from "./message.ts";
import { type OutgoingText, outgoingText } from "./outgoing.ts";

export interface OutgoingMedia extends Omit<OutgoingText, "text"> {
  readonly type: MediaKind;
  readonly caption: string | null;
  readonly filename: string | null;
  /** What is known of the file by now; of one that is still to be fetched nothing is. */
  readonly mimetype: string | null;
  readonly size: number | null;
  readonly file: MessageFile;
}

/** A message with a file as it is accepted. One that is still to be fetched is `pending`. */
export function outgoingMedia(
  session: Parameters<typeof outgoingText>[0],
  chat: Chat,
  { type, caption, filename, mimetype, size, file, ...fresh }: OutgoingMedia,
  nowMs: number,
): StoredMessage {
  const status = file.at === "bucket" ? "ready" : "pending";
  const media = { mimetype: mimetype ?? "application/octet-stream", filename, size, caption, status } as const;
  return { ...outgoingText(session, chat, { ...fresh, text: "" }, nowMs), type, text: null, media, file };
}
