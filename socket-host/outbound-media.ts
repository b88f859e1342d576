import { isoTime, type Now } from "../domain/clock.ts";
import type { Db } from "../domain/dynamodb/db.ts";
import type { Log } from "../domain/log.ts";
import { faultOf, MediaKind, wireMimetype } from "../domain/media/kind.ts";
import { messageFileKey } from "../domain/media/object-key.ts";
import { servedType } from "../domain/media/served-type.ts";
import { uploadBytesMax } from "../domain/media/upload.ts";
import { noteMedia } from "../domain/message/media-store.ts";
import type { MessageFile, StoredMessage } from "../domain/message/message.ts";
import type { MessageSend } from "../domain/outbox/outbox.ts";
import { DestinationRefused } from "../domain/webhook/destination.ts";
import { AddressRefused } from "../domain/webhook/filtered-agent.ts";
import { FetchFailed } from "./fetch-file.ts";
import type { Hold } from "./hold.ts";
import { type ImagePreview, imagePreview } from "./image-preview.ts";
import type { MediaFiles } from "./media-files.ts";
import type { RecentUploads } from "./recent-uploads.ts";
import { FileTooLarge, type TemporaryFile } from "./temporary-file.ts";
import type { WhatsAppSocket } from "./whatsapp-port.ts";

/** An address that fails this often in a row is given up; a failure in passing is over by then. */
const fetchesMax = 3;

/** The file of a message cannot be had, or cannot be sent as what it was said to be: trying again changes nothing. */
export class MediaRefused extends Error {
  override readonly name = "MediaRefused";
  readonly code: "media_unavailable" | "media_unsupported";

  constructor(code: MediaRefused["code"], message: string, options?: { cause: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** Answers the message as it is then. */
export async function markMediaFailed({ db, now }: MediaSending, message: StoredMessage): Promise<StoredMessage> {
  const { media, file } = message;
  if (media === null) return message;
  return noteMedia(db, message, { media: { ...media, status: "failed" }, file, at: isoTime(now()) });
}

interface Ready {
  readonly file: TemporaryFile;
  readonly mimetype: string;
  readonly at: MessageFile;
}

/** A file as WhatsApp has it, and where it is in the bucket. */
export interface UploadedFile {
  /** Of a message with the file and no caption. */
  readonly payload: Uint8Array;
  readonly mimetype: string;
  readonly size: number;
  readonly at: MessageFile;
}

interface MediaSending {
  readonly db: Db<"messages">;
  readonly hold: Hold;
  readonly files: MediaFiles;
  readonly uploads: RecentUploads<UploadedFile>;
  readonly now: Now;
  readonly log: Log;
}

/**
 * Uploads the file of a message to WhatsApp and keeps the payload that names it; messages that were accepted together
 * share one upload. Answers the message as it is then.
 */
export async function encodeMediaAndKeep(
  sending: MediaSending,
  row: MessageSend,
  message: StoredMessage,
  socket: WhatsAppSocket,
): Promise<StoredMessage> {
  const { db, hold, now, uploads } = sending;
  const { media } = message;
  if (media === null) throw new Error("a message without a file was to be sent as one");
  const uploaded = await uploads.once(uploadName(message), () => upload(sending, row, message, socket));
  const payload = await socket.recaption(uploaded.payload, media.caption);
  hold.check();
  const { mimetype, size, at: file } = uploaded;
  const settled = { ...media, mimetype, size, status: "ready" } as const;
  return noteMedia(db, message, { media: settled, file, payload, at: isoTime(now()) });
}

/** The same for messages of one bulk or campaign with one file, for no others: an address may give another file later. */
function uploadName({ campaignId, createdAt, type, media, file }: StoredMessage): string {
  return JSON.stringify([campaignId ?? createdAt, type, media?.filename, file]);
}

/** A file that was given by its address is put into the bucket first, so that a second try sends the same bytes. */
async function upload(
  sending: MediaSending,
  row: MessageSend,
  message: StoredMessage,
  socket: WhatsAppSocket,
): Promise<UploadedFile> {
  const kind = MediaKind.parse(message.type);
  const { file, mimetype, at } = await readyFile(sending, row, message);
  await using _removed = file;
  const fault = faultOf(kind, mimetype, file.head);
  if (fault !== undefined) throw new MediaRefused("media_unsupported", fault);
  if (at.at === "bucket" && message.file?.at === "url")
    await sending.files.store(at.key, file, servedType(mimetype, file.head));
  const payload = await socket.encodeMedia({
    kind,
    path: file.path,
    mimetype: wireMimetype(kind, mimetype),
    filename: message.media?.filename ?? null,
    caption: null,
    preview: kind === "image" ? await previewOf(sending, file) : undefined,
  });
  return { payload, mimetype, size: file.size, at };
}

async function readyFile({ files }: MediaSending, row: MessageSend, message: StoredMessage): Promise<Ready> {
  const { file: at, media } = message;
  if (at === undefined || media === null) throw new MediaRefused("media_unavailable", "The message has no file.");
  if (at.at === "bucket") {
    const file = await files.read(at.key, uploadBytesMax);
    if (file === undefined) throw new MediaRefused("media_unavailable", "The file is not in the bucket any more.");
    return { file, mimetype: media.mimetype, at };
  }
  try {
    const fetched = await files.fetch(at.url);
    return { ...fetched, at: { at: "bucket", key: messageFileKey(message) } };
  } catch (cause) {
    if (isFinal(cause) || row.attempts + 1 >= fetchesMax) {
      throw new MediaRefused("media_unavailable", "The file could not be fetched from its address.", { cause });
    }
    throw cause;
  }
}

/** What another try a second later would meet again. */
function isFinal(error: unknown): boolean {
  const refused = error instanceof DestinationRefused || error instanceof AddressRefused;
  return refused || error instanceof FileTooLarge || error instanceof FetchFailed;
}

/** An image that cannot be shown small is sent without: what its recipient can open is not ours to say. */
async function previewOf({ log }: MediaSending, file: TemporaryFile): Promise<ImagePreview | undefined> {
  try {
    return await imagePreview(file.path);
  } catch (error) {
    log.info("image has no preview", { error });
    return undefined;
  }
}
