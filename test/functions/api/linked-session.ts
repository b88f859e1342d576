import { Session } from "../../../domain/session/session.ts";
import { changeSessionStatus, findSession, type StatusFields } from "../../../domain/session/store.ts";
import type { FrontDoor, TenantOfTest } from "../front-door.ts";

/** Makes a session and writes what the socket host would write when its phone is linked. */
export async function linkedSession(door: FrontDoor, tenant: TenantOfTest): Promise<Session> {
  const { body } = await door.ask("POST", "/api/sessions", { key: tenant.key, json: {} });
  return setStatus(door, tenant, body.id, "connected", {
    linked: true,
    phone: { jid: "5511988887777@s.whatsapp.net", lid: "77001122@lid", number: "+5511988887777", name: "Acme" },
  });
}

/** Writes a status as the session's socket host would. */
export async function setStatus(
  door: FrontDoor,
  tenant: TenantOfTest,
  sessionId: string,
  status: Session["status"],
  fields: StatusFields = {},
): Promise<Session> {
  const session = Session.parse(await findSession(door.aws.db, tenant.id, sessionId));
  const change = { session, status, fields, epoch: session.epoch + 1, nowMs: Date.now(), events: [] };
  return Session.parse(await changeSessionStatus(door.aws.db, change));
}
