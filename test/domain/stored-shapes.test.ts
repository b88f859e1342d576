import { describe, expect, it } from "vitest";
import * as z from "zod";
import { StoredApiKey } from "../../domain/account/api-key.ts";
import { StoredTenant } from "../../domain/account/tenant.ts";
import { StoredCampaign } from "../../domain/campaign/campaign.ts";
import { CampaignContent } from "../../domain/campaign/content.ts";
import { PaceRow } from "../../domain/campaign/pace-row.ts";
import { StoredRecipient } from "../../domain/campaign/recipient.ts";
import { ChatRow } from "../../domain/chat/chat-row.ts";
import { StoredContact } from "../../domain/contact/contact.ts";
import { KnownSpelling } from "../../domain/contact/known-spelling.ts";
import { ContactImport } from "../../domain/contact-import/contact-import.ts";
import { WasaasEvent } from "../../domain/event/event.ts";
import { StoredGroup } from "../../domain/group/group.ts";
import { IdempotencyRow } from "../../domain/idempotency/row.ts";
import { StoredMessage } from "../../domain/message/message.ts";
import { OutboxRow } from "../../domain/outbox/outbox.ts";
import { Session } from "../../domain/session/session.ts";
import { StoredTemplate } from "../../domain/template/template.ts";
import { Delivery } from "../../domain/webhook/delivery.ts";
import { GateRow } from "../../domain/webhook/gate-store.ts";
import { Webhook } from "../../domain/webhook/webhook.ts";

/**
 * Every shape that is stored, with its version. Rows of an old shape outlive the code that wrote them: to change one,
 * raise its version here, keep reading the old shape, and let the new snapshot stand beside the old one.
 */
const stored: { name: string; version: number; schema: z.ZodType; io?: "input" }[] = [
  { name: "tenant", version: 3, schema: StoredTenant },
  { name: "api-key", version: 2, schema: StoredApiKey },
  { name: "idempotency", version: 1, schema: IdempotencyRow },
  { name: "session", version: 6, schema: Session },
  { name: "message", version: 9, schema: StoredMessage },
  { name: "outbox-row", version: 5, schema: OutboxRow },
  { name: "group", version: 1, schema: StoredGroup },
  { name: "chat", version: 3, schema: ChatRow },
  { name: "known-spelling", version: 1, schema: KnownSpelling },
  { name: "contact", version: 2, schema: StoredContact },
  { name: "contact-import", version: 2, schema: ContactImport },
  { name: "campaign", version: 3, schema: StoredCampaign },
  { name: "campaign-content", version: 1, schema: CampaignContent },
  { name: "campaign-recipient", version: 2, schema: StoredRecipient },
  { name: "campaign-pace", version: 3, schema: PaceRow, io: "input" },
  { name: "event", version: 2, schema: WasaasEvent },
  { name: "template", version: 2, schema: StoredTemplate },
  { name: "webhook", version: 2, schema: Webhook },
  { name: "webhook-delivery", version: 2, schema: Delivery },
  { name: "webhook-gate", version: 1, schema: GateRow },
];

describe("what is stored", () => {
  it.each(stored)("keeps the shape of $name version $version", async ({ name, version, schema, io }) => {
    const shape = z.toJSONSchema(schema, { unrepresentable: "any", reused: "inline", io: io ?? "output" });
    const text = `${JSON.stringify(shape, undefined, 2)}\n`;
    await expect(text).toMatchFileSnapshot(`stored-shapes/${name}.v${version}.json`);
  });
});
