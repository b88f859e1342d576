import { revokeApiKey } from "../../domain/account/api-key-store.ts";
import { isoTime } from "../../domain/clock.ts";
import { NotFound } from "../../domain/error.ts";
import { ok } from "../api/answer.ts";
import { endpoint } from "../api/endpoint.ts";
import type { AdminContext } from "./context.ts";
import { adminRoutes } from "./routes.ts";

export const revokeKey = ({ db }: AdminContext) =>
  endpoint(adminRoutes.revokeKey, async ({ params, nowMs }) => {
    const revoked = await revokeApiKey(db, params.keyId, isoTime(nowMs));
    if (revoked === undefined) throw new NotFound();
    return ok(revoked);
  });
