import { DeleteObjectsCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import type { MediaBucket } from "../../domain/media/bucket.ts";
import { mediaFolders } from "../../domain/media/object-key.ts";

/** Some files could not be deleted. */
class FilesLeft extends Error {
  override readonly name = "FilesLeft";
  readonly code = "files_left";
}

/** Erases a tenant's files for as long as it may go on. Answers whether none is left. */
export async function eraseFiles(
  { bucket: { client, name: Bucket }, mayGoOn }: { readonly bucket: MediaBucket; readonly mayGoOn: () => boolean },
  tenantId: string,
): Promise<boolean> {
  for (const folder of Object.values(mediaFolders)) {
    for (;;) {
      // What was just deleted is not listed again: there is no need to remember a place.
      const listed = await client.send(new ListObjectsV2Command({ Bucket, Prefix: `${folder}/${tenantId}/` }));
      const Objects = (listed.Contents ?? []).map(({ Key }) => ({ Key }));
      if (Objects.length === 0) break;
      const deleted = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
      const [fault] = deleted.Errors ?? [];
      if (fault !== undefined) throw new FilesLeft(`S3 left files undeleted: ${fault.Code}`);
      if (!mayGoOn()) return false;
    }
  }
  return true;
}
