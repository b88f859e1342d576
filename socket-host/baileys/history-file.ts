import { createReadStream } from "node:fs";
import { pipeline, Readable } from "node:stream";
import { createInflate } from "node:zlib";
import type { proto } from "@whiskeysockets/baileys";
import { FileTooLarge, type TemporaryFile, temporaryFile } from "../temporary-file.ts";
import { HistoryUnreadable, MediaBroken, MediaGone } from "../whatsapp-port.ts";
import { sourceOf } from "./inbound-media.ts";
import { downloadFile } from "./media-download.ts";
import type { MediaHost } from "./media-host.ts";

/** Compressed; a phone's pieces are some MB. */
const bytesMax = 256 * 1024 * 1024;
const downloadWithinMs = 300_000;

/** A piece of history that can be read from its beginning as often as wanted, inflated as it streams. */
export interface HistoryFile {
  open(): AsyncIterable<Uint8Array>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * The piece of history that a notice tells of: within it, or on WhatsApp's media hosts, from where it goes to a file on
 * disk. Throws HistoryUnreadable where it is not there any more, or not what was promised.
 */
export async function historyFile(
  media: MediaHost,
  notice: proto.Message.IHistorySyncNotification,
): Promise<HistoryFile> {
  const inline = notice.initialHistBootstrapInlinePayload;
  if (inline?.length) {
    return inflated(
      () => Readable.from([inline]),
      async () => undefined,
    );
  }
  const file = await download(media, notice);
  return inflated(
    () => createReadStream(file.path),
    () => file[Symbol.asyncDispose](),
  );
}

async function download(media: MediaHost, notice: proto.Message.IHistorySyncNotification): Promise<TemporaryFile> {
  const source = sourceOf(notice);
  if (source === null) throw new HistoryUnreadable("the notice does not say where its file is");
  const signal = AbortSignal.timeout(downloadWithinMs);
  try {
    const bytes = await downloadFile("md-msg-hist", source, {
      host: await media.host(),
      isTrusted: media.isTrusted,
      agent: media.agent,
      signal,
    });
    return await temporaryFile(bytes, { bytesMax, signal });
  } catch (cause) {
    const never = cause instanceof MediaGone || cause instanceof MediaBroken || cause instanceof FileTooLarge;
    throw never ? new HistoryUnreadable("the file of the history cannot be had", { cause }) : cause;
  }
}

function inflated(source: () => Readable, remove: () => Promise<void>): HistoryFile {
  const opened: Readable[] = [];
  return {
    open() {
      const inflating = createInflate();
      opened.push(inflating);
      // What fails on the way fails the reading of it.
      return pipeline(source(), inflating, () => undefined);
    },
    async [Symbol.asyncDispose]() {
      for (const stream of opened) stream.destroy();
      await remove();
    },
  };
}
