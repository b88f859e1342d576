import {
  type BaileysEventMap,
  decryptMediaRetryData,
  encryptMediaRetryRequest,
  proto,
  type WASocket,
} from "@whiskeysockets/baileys";
import { WhatsAppFile } from "../../domain/media/whatsapp-file.ts";
import { type FileRequest, MediaGone } from "../whatsapp-port.ts";

const { ResultType } = proto.MediaRetryNotification;
/** A phone that is online answers within seconds; one that is not is asked again later. */
const answerWithinMs = 30_000;

type Sock = Pick<WASocket, "ev" | "sendNode" | "authState">;

/**
 * Asks the phone to upload a message's file again and answers where it is then. Throws MediaGone where the phone does
 * not have it either. (Baileys' own updateMediaMessage waits without end: lib/Socket/messages-send.js.)
 */
export async function askForFile(sock: Sock, asked: FileRequest, signal: AbortSignal): Promise<WhatsAppFile> {
  const { waMessageId: id, chat: remoteJid, fromMe, participant, source } = asked;
  const mediaKey = Buffer.from(source.mediaKey, "base64");
  const key = { id, remoteJid, fromMe, ...(participant === null ? {} : { participant }) };
  const node = encryptMediaRetryRequest(key, mediaKey, sock.authState.creds.me?.id ?? "");
  const { promise: update, resolve, reject } = Promise.withResolvers<MediaUpdate>();
  const hear = (updates: MediaUpdate[]) => {
    const found = updates.find(each => each.key.id === id);
    if (found !== undefined) resolve(found);
  };
  const until = AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]);
  const giveUp = () => reject(new NoAnswer("the phone did not say where the file is"));
  sock.ev.on("messages.media-update", hear);
  until.addEventListener("abort", giveUp, { once: true });
  try {
    await Promise.race([sock.sendNode(node), update]);
    return placeIn(await update, asked, mediaKey);
  } finally {
    sock.ev.off("messages.media-update", hear);
    until.removeEventListener("abort", giveUp);
  }
}

type MediaUpdate = BaileysEventMap["messages.media-update"][number];

/** The phone is not online, or it could not do it this time. */
class NoAnswer extends Error {
  override readonly name = "NoAnswer";
  readonly code = "no_answer";
}

function placeIn({ media, error }: MediaUpdate, { waMessageId, source }: FileRequest, mediaKey: Uint8Array) {
  if (media === undefined) {
    if (error?.output.statusCode === 404) throw new MediaGone("the phone does not have the file either");
    throw new NoAnswer("the phone could not upload the file again", { cause: error });
  }
  const answer = decryptMediaRetryData(media, mediaKey, waMessageId);
  if (answer.result === ResultType.NOT_FOUND) throw new MediaGone("the phone does not have the file either");
  if (answer.result !== ResultType.SUCCESS) throw new NoAnswer(`the phone could not upload the file: ${answer.result}`);
  return WhatsAppFile.parse({ ...source, directPath: answer.directPath });
}
