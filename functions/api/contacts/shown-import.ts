import { type ContactImport, PublicImport } from "../../../domain/contact-import/contact-import.ts";
import { importFailuresKey } from "../../../domain/media/object-key.ts";
import type { SignedMedia } from "../signed-media.ts";

const errorsUrlSeconds = 900;

/** An import as customers see it, with an address to download its failed rows from once it is over. */
export async function shownImport(links: SignedMedia, held: ContactImport): Promise<PublicImport> {
  const file = { key: importFailuresKey(held), mimetype: "text/csv; charset=utf-8", filename: `${held.id}-errors.csv` };
  const hasErrors = held.status === "completed" && held.failedCount > 0;
  return PublicImport.parse({ ...held, errorsUrl: hasErrors ? await links.download(file, errorsUrlSeconds) : null });
}
