import * as z from "zod";
import { idOf } from "../id.ts";

/** What one file may have: 100 MB. */
export const uploadBytesMax = 100 * 1024 * 1024;
/** How long an upload address works. */
export const uploadSeconds = 3_600;

/** A media type as HTTP spells it: `image/jpeg`, `audio/ogg; codecs=opus`. */
export const Mimetype = z
  .string()
  .max(255)
  .regex(/^[\w.+-]+\/[\w.+-]+(?:\s*;\s*[\w-]+=(?:[\w.+-]+|"[\w .,+-]+"))*$/, "must be a media type like image/jpeg")
  .meta({ examples: ["image/jpeg"] });

/** A file's name as people see it: no path, nothing that is not shown. */
export const Filename = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[^\p{Cc}/\\]+$/u, "must be a name without a path")
  .meta({ examples: ["invoice.pdf"] });

/** A file that a customer uploads, or is about to. */
export const Upload = z.object({
  id: idOf("med"),
  tenantId: idOf("ten"),
  filename: Filename,
  mimetype: Mimetype,
  /** In bytes, as the customer said; the upload address takes exactly that many. */
  size: z.int().min(1).max(uploadBytesMax),
  createdAt: z.iso.datetime(),
});
export type Upload = z.infer<typeof Upload>;
