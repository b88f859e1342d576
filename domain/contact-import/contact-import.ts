import * as z from "zod";
import { isoTime } from "../clock.ts";
import { errorCodes } from "../error.ts";
import { type Id, idOf } from "../id.ts";

const ImportStatus = z.enum(["running", "completed", "failed"]).meta({ id: "ImportStatus" });

/** An import as it is stored: what customers see of it, and how far it has come. */
export const ContactImport = z.object({
  id: idOf("imp"),
  tenantId: idOf("ten"),
  mediaId: idOf("med"),
  status: ImportStatus,
  /** Rows in the file; null until they have been counted. */
  total: z.int().min(0).nullable(),
  processed: z.int().min(0),
  created: z.int().min(0),
  updated: z.int().min(0),
  failedCount: z.int().min(0),
  error: z.object({ code: z.enum(errorCodes), message: z.string() }).nullable(),
  /** How the file's fields are told apart and called; null until its header has been read. */
  header: z.object({ delimiter: z.string(), columns: z.array(z.string()) }).nullable(),
  /** In bytes. */
  size: z.int().min(1),
  /** Where the next row begins, in bytes: at first that to be counted, then that to be saved. */
  offset: z.int().min(0),
  /** Rows counted so far, the header among them. */
  counted: z.int().min(0),
  /** What the texts of its failed rows come to, in bytes. */
  failuresBytes: z.int().min(0),
  /** Counts its steps; each is taken once, by whoever finds it as it was read. */
  step: z.int().min(0),
  createdAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
});
export type ContactImport = z.infer<typeof ContactImport>;
export type ImportRef = Pick<ContactImport, "tenantId" | "id">;

/** An import as customers see it. */
export const PublicImport = ContactImport.pick({
  id: true,
  mediaId: true,
  status: true,
  total: true,
  processed: true,
  created: true,
  updated: true,
  failedCount: true,
  error: true,
  createdAt: true,
  finishedAt: true,
})
  .extend({
    total: z.int().min(0).nullable().meta({ description: "The rows of the file; null until they have been counted." }),
    error: ContactImport.shape.error.meta({ description: "Why the file as a whole could not be imported." }),
    errorsUrl: z.url().nullable().meta({
      description: "A CSV of the rows that failed (index, code, message), to download soon; null where there are none.",
    }),
  })
  .meta({ id: "ContactImport" });
export type PublicImport = z.infer<typeof PublicImport>;

export function newImport(
  fresh: { readonly id: Id<"imp">; readonly tenantId: Id<"ten">; readonly mediaId: Id<"med">; readonly size: number },
  nowMs: number,
): ContactImport {
  return {
    ...fresh,
    status: "running",
    total: null,
    processed: 0,
    created: 0,
    updated: 0,
    failedCount: 0,
    error: null,
    header: null,
    offset: 0,
    counted: 0,
    failuresBytes: 0,
    step: 0,
    createdAt: isoTime(nowMs),
    finishedAt: null,
  };
}
