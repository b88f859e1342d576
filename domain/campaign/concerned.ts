import type { WasaasEvent } from "../event/event.ts";

/**
 * Whether campaigns follow an event: what becomes of their own messages, what people write to a session in chats of two,
 * and that a session cannot or may not send any more. All others cost them nothing: they are published without the
 * attribute that campaigns subscribe to.
 */
export function concernsCampaigns({ type, data }: Pick<WasaasEvent, "type" | "data">): boolean {
  switch (type) {
    case "message.sent":
    case "message.delivered":
    case "message.read":
    case "message.failed":
      return typeof data.campaignId === "string";
    case "message.received":
      return typeof data.chatId === "string" && !data.chatId.endsWith("@g.us");
    case "session.disconnected":
    case "session.deleted":
      return true;
    default:
      return false;
  }
}

/** The message attribute of the topic, and its value on events that campaigns follow. */
export const followedAttribute = { name: "followedBy", value: "campaigns" } as const;
