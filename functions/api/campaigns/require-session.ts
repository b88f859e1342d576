import type { StoredCampaign } from "../../../domain/campaign/campaign.ts";
import type { Db } from "../../../domain/dynamodb/db.ts";
import { requireTakesMessages } from "../../../domain/session/not-connected.ts";
import { findSession } from "../../../domain/session/store.ts";

/** Throws where the session of a campaign takes no messages, or is gone; one that is reconnecting takes them. */
export async function requireSession(
  db: Db<"sessions">,
  { tenantId, sessionId }: Pick<StoredCampaign, "tenantId" | "sessionId">,
): Promise<void> {
  const session = await findSession(db, tenantId, sessionId);
  requireTakesMessages(session ?? { id: sessionId, status: "stopped", linked: false });
}
