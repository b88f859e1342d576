import * as z from "zod";

/** A file that lies encrypted on WhatsApp's media host, as the message that came with it names it; bytes in base64. */
export const WhatsAppFile = z.object({
  /** What it is encrypted with, 32 bytes. */
  mediaKey: z.base64(),
  /** Where it is on whichever media host, with its query: the host itself is never the message's to say. */
  directPath: z.string().regex(/^\/[^\s/]\S*$/),
  /** Of the file, and of what lies on the host; null where the message does not say. */
  fileSha256: z.base64().nullable(),
  fileEncSha256: z.base64().nullable(),
});
export type WhatsAppFile = z.infer<typeof WhatsAppFile>;
