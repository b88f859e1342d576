import type { proto } from "@whiskeysockets/baileys";
import * as z from "zod";
import { placeNameMax, type Referral } from "../../domain/message/content.ts";

const text = z
  .string()
  .min(1)
  .transform(value => value.slice(0, placeNameMax))
  .nullish()
  .catch(null);
const Advertised = z.object({
  contextInfo: z.object({
    externalAdReply: z.object({
      sourceUrl: text,
      sourceId: text,
      sourceType: text,
      title: text,
      body: text,
      ctwaClid: text,
    }),
  }),
});

/**
 * The ad that somebody came from with this message; undefined where there is none. A card without the ad's id, click id
 * or type is a preview that its writer made.
 */
export function referralIn(message: proto.IMessage): Referral | undefined {
  for (const part of Object.values(message)) {
    const advertised = Advertised.safeParse(part);
    if (!advertised.success) continue;
    const { sourceUrl, sourceId, sourceType, title, body, ctwaClid } = advertised.data.contextInfo.externalAdReply;
    if (!sourceId && !ctwaClid && !sourceType) continue;
    return {
      sourceUrl: sourceUrl ?? null,
      sourceId: sourceId ?? null,
      sourceType: sourceType ?? null,
      headline: title ?? null,
      body: body ?? null,
      ctwaClid: ctwaClid ?? null,
    };
  }
  return undefined;
}
