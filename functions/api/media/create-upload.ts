import { isoTime } from "../../../domain/clock.ts";
import type { Db } from "../../../domain/dynamodb/db.ts";
import { uploadKey } from "../../../domain/media/object-key.ts";
import { saveUpload } from "../../../domain/media/store.ts";
import { uploadSeconds } from "../../../domain/media/upload.ts";
import { created } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { SignedMedia } from "../signed-media.ts";
import { mediaRoutes } from "./routes.ts";

export const createUpload = (db: Db<"media">, links: SignedMedia, daysKept: number) =>
  endpoint(mediaRoutes.createUpload, async ({ caller: { tenantId }, body, nowMs, newId }) => {
    const id = newId("med");
    await saveUpload(db, { id, tenantId, ...body, createdAt: isoTime(nowMs) }, daysKept);
    const uploadUrl = await links.upload({ key: uploadKey({ tenantId, id }), size: body.size }, uploadSeconds);
    return created({ id, uploadUrl, expiresAt: isoTime(nowMs + uploadSeconds * 1_000) });
  });
