import * as z from "zod";
import { idOf } from "../../../domain/id.ts";
import { Message } from "../../../domain/message/message.ts";
import type { DestinationRules } from "../../../domain/webhook/destination.ts";
import { noAnswerBody, route } from "../route.ts";
import { BulkAnswer, sendBulkUnder } from "./bulk-body.ts";
import { sendMediaUnder } from "./send-media-body.ts";

const chatId = z
  .string()
  .max(64)
  .meta({ description: "The chat's JID, or its phone number.", examples: ["5511999999999@s.whatsapp.net"] });

export function mediaMessageRoutesUnder(rules: DestinationRules) {
  return {
    sendBulk: route({
      method: "POST",
      path: "/api/messages/send-bulk",
      resource: "messages",
      operationId: "sendBulk",
      summary: "Accept one text or file for up to 1,000 recipients, each with variables of their own, at low priority",
      ids: [
        { kind: "session", at: ["body.sessionId"] },
        { kind: "template", at: ["body.template.id"] },
        { kind: "upload", at: ["body.media.mediaId"] },
      ],
      body: sendBulkUnder(rules),
      answers: { 202: BulkAnswer },
      errors: ["session_not_connected", "media_not_ready"],
    }),
    sendMedia: route({
      method: "POST",
      path: "/api/messages/send-media",
      resource: "messages",
      operationId: "sendMedia",
      summary: "Accept an image, video, audio, voice note, document or sticker for sending",
      ids: [
        { kind: "session", at: ["body.sessionId"] },
        { kind: "upload", at: ["body.media.mediaId"] },
      ],
      body: sendMediaUnder(rules),
      answers: { 202: Message },
      errors: ["session_not_connected", "media_not_ready", "opted_out"],
    }),
    getMessageMedia: route({
      method: "GET",
      path: "/api/messages/:chatId/:messageId/media",
      resource: "messages",
      operationId: "getMessageMedia",
      summary: "Where a message's file can be downloaded for the next five minutes",
      ids: [{ kind: "message", at: ["query.sessionId", "params.chatId", "params.messageId"] }],
      params: z.strictObject({ chatId, messageId: idOf("msg") }),
      query: z.strictObject({ sessionId: idOf("ses") }),
      answers: { 302: noAnswerBody },
      errors: ["media_not_ready"],
    }),
  };
}
export type MediaMessageRoutes = ReturnType<typeof mediaMessageRoutesUnder>;

/** As they are on AWS; schemas apart, the rules change nothing. */
export const mediaMessageRoutes = mediaMessageRoutesUnder({ allowLoopback: false });
