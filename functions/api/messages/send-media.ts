import { chatOf } from "../../../domain/chat/chat.ts";
import { refuseOptedOut } from "../../../domain/contact/opt-out.ts";
import { messageFileKey } from "../../../domain/media/object-key.ts";
import { publicMessage } from "../../../domain/message/message.ts";
import { outgoingMedia } from "../../../domain/message/outgoing-media.ts";
import { findMessage } from "../../../domain/message/store.ts";
import { requireTakesMessages } from "../../../domain/session/not-connected.ts";
import { accepted } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import { acceptForSending } from "./accept.ts";
import type { MediaContext, MessagesContext } from "./context.ts";
import { givenFile } from "./given-file.ts";
import type { MediaMessageRoutes } from "./media-routes.ts";

export const sendMedia = (routes: MediaMessageRoutes, context: MessagesContext & MediaContext) =>
  endpoint(routes.sendMedia, async call => {
    const { db, sessions, uploads, bucket } = context;
    const { body, nowMs, resumed } = call;
    const session = sessions.of(call);
    const chat = await chatOf(db, session, body.to);
    const id = call.newId("msg");
    const ref = { tenantId: session.tenantId, sessionId: session.id, chatKey: chat.key, id };
    const before = resumed ? await findMessage(db, ref) : undefined;
    if (before !== undefined) return accepted(publicMessage(before));
    requireTakesMessages(session);
    await refuseOptedOut(db, session.tenantId, chat);
    const file = await givenFile(bucket, body, { upload: uploads.maybe(call), key: messageFileKey(ref) });
    const { to, type, priority, metadata } = body;
    const fresh = { id, to, type, priority, metadata, caption: body.caption ?? null, ...file };
    const message = outgoingMedia(session, chat, fresh, nowMs);
    return accepted(await acceptForSending(context, session, { message, to, nowMs }));
  });
