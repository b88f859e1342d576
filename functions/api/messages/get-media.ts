import { DomainError, NotFound } from "../../../domain/error.ts";
import type { StoredMessage } from "../../../domain/message/message.ts";
import { endpoint } from "../endpoint.ts";
import type { Download } from "../signed-media.ts";
import type { MediaContext, MessagesContext } from "./context.ts";
import type { MediaMessageRoutes } from "./media-routes.ts";

/** How long a download's address works. */
const downloadSeconds = 300;

export const getMessageMedia = (routes: MediaMessageRoutes, context: MessagesContext & MediaContext) =>
  endpoint(routes.getMessageMedia, async call => {
    const Location = await context.links.download(downloadOf(context.messages.of(call)), downloadSeconds);
    return { status: 302, body: undefined, headers: { Location, "Cache-Control": "private, no-store" } } as const;
  });

/** Throws NotFound where there is no file, and MediaLost where there was to be one and never will. */
function downloadOf({ id, media, file }: StoredMessage): Download {
  if (media === null) throw new NotFound();
  if (media.status === "failed" || media.status === "expired") throw new MediaLost(media.status);
  if (media.status === "pending" || file?.at !== "bucket") throw new MediaNotReady();
  return { key: file.key, mimetype: media.mimetype, filename: media.filename ?? id };
}

class MediaLost extends DomainError {
  override readonly name = "MediaLost";
  constructor(status: "failed" | "expired") {
    const why = status === "expired" ? "WhatsApp does not have it any more" : "it could not be fetched or sent";
    super("not_found", `The message has no file: ${why}.`);
  }
}

class MediaNotReady extends DomainError {
  override readonly name = "MediaNotReady";
  constructor() {
    super("media_not_ready", "The file is not stored yet.");
  }
}
