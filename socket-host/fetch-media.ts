import type { Log } from "../domain/log.ts";
import { messageFileKey } from "../domain/media/object-key.ts";
import { servedType } from "../domain/media/served-type.ts";
import { uploadBytesMax } from "../domain/media/upload.ts";
import type { WhatsAppFile } from "../domain/media/whatsapp-file.ts";
import type { FetchOutcome } from "../domain/message/fetch-store.ts";
import type { MediaFetch } from "../domain/outbox/outbox.ts";
import type { MediaFiles } from "./media-files.ts";
import type { SessionLedger } from "./session-ledger.ts";
import { FileTooLarge, type TemporaryFile, temporaryFile } from "./temporary-file.ts";
import { MediaGone, type WhatsAppSocket } from "./whatsapp-port.ts";

export interface FetchOptions {
  readonly socket: Pick<WhatsAppSocket, "fetchMedia" | "askForMedia">;
  readonly files: Pick<MediaFiles, "store">;
  readonly ledger: Pick<SessionLedger, "message">;
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** However slow it comes, it is tried again after this. */
const downloadWithinMs = 300_000;

/**
 * Brings the file of a message into the bucket, through a file on disk. Where WhatsApp has it no more, the phone is
 * asked for it once. Throws what another try may get over.
 */
export async function fetchFileOf(row: MediaFetch, options: FetchOptions): Promise<FetchOutcome> {
  try {
    const said = (await options.ledger.message(row))?.media;
    // Deleted for everyone, or erased, before its file was fetched.
    if (!said) return { status: "failed" };
    await using file = await downloaded(row, options);
    const key = messageFileKey({ tenantId: row.tenantId, sessionId: row.sessionId, id: row.messageId });
    await options.files.store(key, file, servedType(said.mimetype, file.head));
    return { status: "ready", mimetype: said.mimetype, size: file.size, file: { at: "bucket", key } };
  } catch (error) {
    if (error instanceof MediaGone) return { status: "expired" };
    if (!(error instanceof FileTooLarge)) throw error;
    options.log.info("file of a message is too large", { messageId: row.messageId });
    return { status: "failed" };
  }
}

async function downloaded(row: MediaFetch, options: FetchOptions): Promise<TemporaryFile> {
  const { socket, signal, log } = options;
  try {
    return await onDisk(row, row.source, options);
  } catch (error) {
    if (!(error instanceof MediaGone)) throw error;
    log.info("file is gone from whatsapp, its phone is asked for it", { messageId: row.messageId });
    return onDisk(row, await socket.askForMedia(row, signal), options);
  }
}

async function onDisk({ kind }: MediaFetch, source: WhatsAppFile, { socket, signal }: FetchOptions) {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(downloadWithinMs)]);
  const bytes = await socket.fetchMedia({ kind, source }, deadline);
  return temporaryFile(bytes, { bytesMax: uploadBytesMax, signal: deadline });
}
