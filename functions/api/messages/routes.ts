import * as z from "zod";
import { idOf } from "../../../domain/id.ts";
import { PersonName, Recipient } from "../../../domain/jid.ts";
import { Message, MessageWithTimeline } from "../../../domain/message/message.ts";
import { textLengthMax } from "../../../domain/message/text.ts";
import { Metadata } from "../../../domain/metadata.ts";
import { Priority } from "../../../domain/outbox/outbox.ts";
import { PageQuery } from "../../../domain/page.ts";
import { TemplateVariables } from "../../../domain/template/message-text.ts";
import { pageOf, route } from "../route.ts";

const chatId = z
  .string()
  .max(64)
  .meta({ description: "The chat's JID, or its phone number.", examples: ["5511999999999@s.whatsapp.net"] });
const ofSession = { sessionId: idOf("ses") };

const mentionsMax = 256;

const SendMessage = z
  .strictObject({
    ...ofSession,
    to: Recipient,
    text: z.string().min(1).max(textLengthMax).optional(),
    template: z
      .strictObject({ id: idOf("tpl"), variables: TemplateVariables.default({}) })
      .optional()
      .meta({ description: "Instead of a text: a template, and a value for each of its variables." }),
    quotedMessageId: idOf("msg").optional().meta({ description: "The message of the same chat that this answers." }),
    mentions: z.array(PersonName).max(mentionsMax).default([]).meta({
      description: "Whom the text names; each is shown where it says @ and the number, as in @5511999999999.",
    }),
    priority: Priority.default("normal"),
    metadata: Metadata.default({}),
  })
  .refine(({ text, template }) => (text === undefined) !== (template === undefined), {
    path: ["text"],
    error: "is required, or a template in its place; not both",
    // Told with the other faults of the body, not only once there are none.
    when: ({ value }) => typeof value === "object" && value !== null,
  })
  .meta({
    id: "SendMessage",
    examples: [{ sessionId: "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB", to: "+5511999999999", text: "Hello from WASaaS" }],
  });

const Emoji = z
  .string()
  .max(64)
  .refine(isEmoji, { error: "must be one emoji, or empty to take the reaction back" })
  .meta({ description: "One emoji; an empty text takes the reaction back.", examples: ["👍"] });

const React = z.strictObject({ ...ofSession, emoji: Emoji }).meta({
  id: "React",
  examples: [{ sessionId: "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB", emoji: "👍" }],
});

const Edit = z.strictObject({ ...ofSession, text: z.string().min(1).max(65_536) }).meta({
  id: "EditMessage",
  examples: [{ sessionId: "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB", text: "Hello again" }],
});

const MarkRead = z.strictObject(ofSession).meta({
  id: "MarkRead",
  examples: [{ sessionId: "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB" }],
});

function isEmoji(text: string): boolean {
  if (text === "") return true;
  const isOne = [...new Intl.Segmenter().segment(text)].length === 1;
  return isOne && /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u.test(text);
}

/** What is done to a message names it in its path, and its session in the body. */
const change = {
  method: "POST",
  resource: "messages",
  ids: [
    { kind: "session", at: ["body.sessionId"] },
    { kind: "message", at: ["body.sessionId", "params.chatId", "params.messageId"] },
  ],
  params: z.strictObject({ chatId, messageId: idOf("msg") }),
  answers: { 202: Message },
  errors: ["session_not_connected", "invalid_transition"],
} as const;

export const messageRoutes = {
  sendMessage: route({
    method: "POST",
    path: "/api/messages/send",
    resource: "messages",
    operationId: "sendMessage",
    summary: "Accept a text, or a template filled in, for sending",
    ids: [
      { kind: "session", at: ["body.sessionId"] },
      { kind: "template", at: ["body.template.id"] },
      { kind: "quoted", at: ["body.sessionId", "body.quotedMessageId"] },
    ],
    body: SendMessage,
    answers: { 202: Message },
    errors: ["session_not_connected", "opted_out"],
  }),
  listMessages: route({
    method: "GET",
    path: "/api/messages/:chatId",
    resource: "messages",
    operationId: "listMessages",
    summary: "A chat's messages, newest first, both directions",
    ids: [{ kind: "chat", at: ["query.sessionId", "params.chatId"] }],
    params: z.strictObject({ chatId }),
    query: z.strictObject({ ...PageQuery.shape, ...ofSession }),
    answers: { 200: pageOf(Message) },
  }),
  getMessage: route({
    method: "GET",
    path: "/api/messages/:chatId/:messageId",
    resource: "messages",
    operationId: "getMessage",
    summary:
      "One message, with the times of its statuses; in a group it is delivered and read once the first person has it, and has read it",
    ids: [{ kind: "message", at: ["query.sessionId", "params.chatId", "params.messageId"] }],
    params: z.strictObject({ chatId, messageId: idOf("msg") }),
    query: z.strictObject(ofSession),
    answers: { 200: MessageWithTimeline },
  }),
  reactToMessage: route({
    ...change,
    path: "/api/messages/:chatId/:messageId/reactions",
    operationId: "reactToMessage",
    summary: "React to a message with an emoji, or take the reaction back",
    body: React,
  }),
  editMessage: route({
    ...change,
    path: "/api/messages/:chatId/:messageId/edit",
    operationId: "editMessage",
    summary: "Edit a text that this session sent; WhatsApp shows edits of the first 15 minutes",
    body: Edit,
  }),
  markMessageRead: route({
    ...change,
    path: "/api/messages/:chatId/:messageId/read",
    operationId: "markMessageRead",
    summary: "Mark a message read that came in, and tell its author where the account's privacy lets it",
    body: MarkRead,
  }),
  deleteMessage: route({
    ...change,
    method: "DELETE",
    path: "/api/messages/:chatId/:messageId",
    operationId: "deleteMessage",
    summary: "Delete a message for everyone that this session sent",
    ids: [
      { kind: "session", at: ["query.sessionId"] },
      { kind: "message", at: ["query.sessionId", "params.chatId", "params.messageId"] },
    ],
    query: z.strictObject(ofSession),
  }),
};
