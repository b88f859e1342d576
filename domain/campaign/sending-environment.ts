import { commandQueueEnvironment, eventTopicEnvironment } from "../environment.ts";

/** What everything that accepts messages for campaigns writes or reads. */
export const tablesOfCampaignSending = [
  "paces",
  "campaigns",
  "campaign_recipients",
  "sessions",
  "messages",
  "chats",
  "contacts",
  "outbox",
  "events",
] as const;

/** Whom it tells of them: the socket hosts and the listeners of events. */
export const campaignSendingEnvironment = { ...commandQueueEnvironment, ...eventTopicEnvironment };
