import * as z from "zod";
import { idOf } from "../../../domain/id.ts";
import { Filename, Mimetype, uploadBytesMax } from "../../../domain/media/upload.ts";
import { route } from "../route.ts";

const CreateUpload = z
  .strictObject({
    filename: Filename,
    mimetype: Mimetype,
    size: z.int().min(1).max(uploadBytesMax).meta({ description: "In bytes; the upload must have exactly as many." }),
  })
  .meta({ id: "CreateUpload", examples: [{ filename: "invoice.pdf", mimetype: "application/pdf", size: 48_213 }] });

const UploadTicket = z
  .object({
    id: idOf("med").meta({ description: "What `mediaId` of a message, a template or an import is to be." }),
    uploadUrl: z.url().meta({ description: "Takes the file by one PUT, without an API key." }),
    expiresAt: z.iso.datetime().meta({ description: "When the address stops working." }),
  })
  .meta({ id: "Upload" });

export const mediaRoutes = {
  createUpload: route({
    method: "POST",
    path: "/api/media",
    resource: "media",
    operationId: "createUpload",
    summary: "An address to upload a file of up to 100 MB to",
    body: CreateUpload,
    answers: { 201: UploadTicket },
  }),
};
