import type { Session } from "./session.ts";

type Connecting = Partial<Pick<Session, "phone" | "connectedAt">>;

/**
 * When the number a session connects with now was first connected by it: another number begins anew. Nothing to write
 * where it does not connect now, or that is known.
 */
export function firstConnection(
  before: Pick<Session, "phone" | "firstConnectedAt">,
  { phone, connectedAt }: Connecting,
): Pick<Session, "firstConnectedAt"> {
  if (connectedAt == null || phone == null) return {};
  const isSameNumber = before.phone?.jid === phone.jid;
  return isSameNumber && before.firstConnectedAt != null ? {} : { firstConnectedAt: connectedAt };
}
