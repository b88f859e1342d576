import { newImport } from "../../../domain/contact-import/contact-import.ts";
import { createImport, findImport } from "../../../domain/contact-import/store.ts";
import { requireUploaded } from "../../../domain/media/uploaded.ts";
import { accepted } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { ContactsContext } from "./context.ts";
import { contactRoutes } from "./routes.ts";
import { shownImport } from "./shown-import.ts";

export const startImport = ({ db, uploads, bucket, queue, links }: ContactsContext) =>
  endpoint(contactRoutes.startContactImport, async call => {
    const { tenantId, id: mediaId, size } = uploads.of(call);
    await requireUploaded(bucket, { tenantId, id: mediaId });
    const fresh = newImport({ id: call.newId("imp"), tenantId, mediaId, size }, call.nowMs);
    const isNew = await createImport(db, fresh);
    // Sent although an earlier run of this request stored it: that run may have ended before it was sent.
    await queue.send({ type: "contacts.import", tenantId, importId: fresh.id });
    const held = isNew ? fresh : await findImport(db, fresh);
    return accepted(await shownImport(links, held ?? fresh));
  });
