import type { Id } from "../id.ts";

interface OfMessage {
  readonly tenantId: Id<"ten">;
  readonly sessionId: Id<"ses">;
  readonly id: Id<"msg">;
}

/** The folders of the media bucket: who may do what there is granted by them. */
export const mediaFolders = { uploads: "uploads", messages: "messages", imports: "imports" } as const;

/** Where a customer's upload is. */
export function uploadKey(upload: { readonly tenantId: Id<"ten">; readonly id: Id<"med"> }): string {
  return `${mediaFolders.uploads}/${upload.tenantId}/${upload.id}`;
}

/** Where the file of a message is: one that came in, or one that was given with the message. */
export function messageFileKey({ tenantId, sessionId, id }: OfMessage): string {
  return `${mediaFolders.messages}/${tenantId}/${sessionId}/${id}`;
}

/** Where the rows of an import of contacts stand that failed. */
export function importFailuresKey({ tenantId, id }: { readonly tenantId: Id<"ten">; readonly id: Id<"imp"> }): string {
  return `${mediaFolders.imports}/${tenantId}/${id}`;
}
