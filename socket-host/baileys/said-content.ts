import type { proto } from "@whiskeysockets/baileys";
import { placeNameMax } from "../../domain/message/content.ts";
import type { InboundContent } from "../keys/journal-entry.ts";

type Text = Extract<InboundContent, { type: "text" }>;

/** The words of a message that is nothing but words, whichever kind WhatsApp calls it; undefined where it has none. */
export function saidOf(message: proto.IMessage, quotedWaMessageId: string | null): Text | undefined {
  const chosen = chosenIn(message);
  if (chosen !== undefined) {
    const id = chosen.id ? chosen.id.slice(0, placeNameMax) : null;
    const title = chosen.title ? chosen.title.slice(0, placeNameMax) : null;
    if (id === null && title === null) return undefined;
    return { type: "text", text: title ?? id ?? "", choice: { id, title }, quotedWaMessageId };
  }
  const text = message.conversation || message.extendedTextMessage?.text || wordsOf(message);
  return text ? { type: "text", text, quotedWaMessageId } : undefined;
}

interface Chosen {
  readonly id: string | null | undefined;
  readonly title: string | null | undefined;
}

/** What a person tapped on under an earlier message. */
function chosenIn(message: proto.IMessage): Chosen | undefined {
  const { buttonsResponseMessage, listResponseMessage, templateButtonReplyMessage, interactiveResponseMessage } =
    message;
  if (buttonsResponseMessage) {
    return { id: buttonsResponseMessage.selectedButtonId, title: buttonsResponseMessage.selectedDisplayText };
  }
  if (listResponseMessage) {
    return { id: listResponseMessage.singleSelectReply?.selectedRowId, title: listResponseMessage.title };
  }
  if (templateButtonReplyMessage) {
    return { id: templateButtonReplyMessage.selectedId, title: templateButtonReplyMessage.selectedDisplayText };
  }
  if (!interactiveResponseMessage) return undefined;
  const { body, nativeFlowResponseMessage } = interactiveResponseMessage;
  return { id: nativeFlowResponseMessage?.name, title: body?.text };
}

/** The words of what businesses send with buttons, lists and cards, and of an invitation to a group. */
function wordsOf(message: proto.IMessage): string | null | undefined {
  const { buttonsMessage, listMessage, templateMessage, interactiveMessage, groupInviteMessage } = message;
  if (groupInviteMessage) {
    const { caption, groupName, inviteCode } = groupInviteMessage;
    return [caption || groupName, inviteCode && `https://chat.whatsapp.com/${inviteCode}`].filter(Boolean).join("\n");
  }
  return (
    buttonsMessage?.contentText ||
    listMessage?.description ||
    listMessage?.title ||
    templateMessage?.hydratedTemplate?.hydratedContentText ||
    templateMessage?.hydratedFourRowTemplate?.hydratedContentText ||
    interactiveMessage?.body?.text
  );
}
