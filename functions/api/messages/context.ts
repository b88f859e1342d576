import type { Chat } from "../../../domain/chat/chat.ts";
import type { Db } from "../../../domain/dynamodb/db.ts";
import type { MediaBucket } from "../../../domain/media/bucket.ts";
import type { Upload } from "../../../domain/media/upload.ts";
import type { StoredMessage } from "../../../domain/message/message.ts";
import type { Session } from "../../../domain/session/session.ts";
import type { StoredTemplate } from "../../../domain/template/template.ts";
import type { Announcer } from "../announcer.ts";
import type { Finder } from "../finder.ts";
import type { SignedMedia } from "../signed-media.ts";

/** What the endpoints of messages work with. */
export interface MessagesContext {
  readonly db: Db<"sessions" | "messages" | "chats" | "contacts" | "media" | "outbox" | "events">;
  readonly sessions: Finder<Session>;
  readonly chats: Finder<SessionChat>;
  readonly messages: Finder<StoredMessage>;
  readonly quoted: Finder<StoredMessage>;
  readonly templates: Finder<StoredTemplate>;
  readonly announcer: Announcer;
}

/** What the endpoints of files work with besides. */
export interface MediaContext {
  readonly uploads: Finder<Upload>;
  readonly bucket: MediaBucket;
  readonly links: SignedMedia;
}

export interface SessionChat {
  readonly session: Session;
  readonly chat: Chat;
}
