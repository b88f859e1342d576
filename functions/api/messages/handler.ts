import { systemNow } from "../../../domain/clock.ts";
import { sqsDoorbell } from "../../../domain/command/doorbell.ts";
import { openDb } from "../../../domain/dynamodb/db.ts";
import { parseEnvironment } from "../../../domain/environment.ts";
import { snsTopic } from "../../../domain/event/publisher.ts";
import { idempotencyStore } from "../../../domain/idempotency/store.ts";
import { openLog } from "../../../domain/log.ts";
import { openMediaBucket } from "../../../domain/media/bucket.ts";
import { countRequest } from "../../../domain/rate-limit/store.ts";
import { kmsDataKeys, secretBox } from "../../../domain/secret/envelope.ts";
import { tableNames } from "../../../domain/tables.ts";
import { announcer } from "../announcer.ts";
import { serve } from "../endpoint.ts";
import { signedMedia } from "../signed-media.ts";
import type { MediaContext, MessagesContext } from "./context.ts";
import { deleteMessage } from "./delete.ts";
import { editMessage } from "./edit.ts";
import { MessagesEnvironment, tablesOfMessages } from "./environment.ts";
import { messageFinders } from "./finders.ts";
import { getMessage } from "./get.ts";
import { getMessageMedia } from "./get-media.ts";
import { listMessages } from "./list.ts";
import { markMessageRead } from "./mark-read.ts";
import { mediaMessageRoutesUnder } from "./media-routes.ts";
import { reactToMessage } from "./react.ts";
import { messageRoutes } from "./routes.ts";
import { sendMessage } from "./send.ts";
import { sendBulk } from "./send-bulk.ts";
import { sendMedia } from "./send-media.ts";

const environment = parseEnvironment(MessagesEnvironment, process.env);
const log = openLog({ name: "api/messages" });
const db = openDb(tableNames(tablesOfMessages, environment));
const finders = messageFinders(db);
const topic = snsTopic(environment.EVENT_TOPIC_ARN);
const doorbell = sqsDoorbell(environment.COMMAND_QUEUE_URL);

const bucket = openMediaBucket(environment.MEDIA_BUCKET);
const mediaRoutes = mediaMessageRoutesUnder({ allowLoopback: environment.ALLOW_LOOPBACK_MEDIA });

const context: MessagesContext & MediaContext = {
  db,
  sessions: finders.session,
  chats: finders.chat,
  messages: finders.message,
  quoted: finders.quoted,
  templates: finders.template,
  uploads: finders.upload,
  bucket,
  links: signedMedia(bucket.client, bucket.name),
  announcer: announcer({ db, topic, doorbell, now: systemNow, log }),
};

export const handler = serve({
  routes: { ...messageRoutes, ...mediaRoutes },
  endpoints: {
    sendBulk: sendBulk(mediaRoutes, context, { now: systemNow, log }),
    sendMessage: sendMessage(context),
    listMessages: listMessages(context),
    getMessage: getMessage(context),
    sendMedia: sendMedia(mediaRoutes, context),
    getMessageMedia: getMessageMedia(mediaRoutes, context),
    reactToMessage: reactToMessage(context),
    editMessage: editMessage(context),
    markMessageRead: markMessageRead(context),
    deleteMessage: deleteMessage(context),
  },
  finders,
  now: systemNow,
  log,
  countRequest: (tenantId, nowMs) => countRequest(db, tenantId, nowMs),
  idempotency: idempotencyStore(db, secretBox(kmsDataKeys(environment.ENCRYPTION_KEY_ARN))),
});
