import * as z from "zod";
import type { WhatsAppVersion } from "./whatsapp-version.ts";

/** Where WhatsApp Web says which revision it is. */
const webVersionUrl = "https://web.whatsapp.com/sw.js";

/** Set by the local runner alone: the simulated WhatsApp says its own. */
export const versionUrlEnvironment = { WHATSAPP_VERSION_URL: z.url().default(webVersionUrl) };

const limitMs = 10_000;
const textMax = 2_000_000;
/** Without these WhatsApp answers a page for people (Baileys lib/Utils/generics.js, fetchLatestWaWebVersion). */
const headers = {
  "sec-fetch-site": "none",
  "user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
};

/** The present version of WhatsApp Web could not be told. */
export class PresentVersionUnknown extends Error {
  override readonly name = "PresentVersionUnknown";
  readonly code = "present_version_unknown";
}

/**
 * The version of WhatsApp Web that people get now: its service worker names the revision. Throws PresentVersionUnknown
 * where it is out of reach or does not say.
 */
export async function presentVersion(url: string, get: typeof fetch = fetch): Promise<WhatsAppVersion> {
  try {
    const answer = await get(url, { headers, signal: AbortSignal.timeout(limitMs) });
    if (!answer.ok) throw new Error(`answered ${answer.status}`);
    const [, revision] = /\\?"client_revision\\?":\s*(\d{6,12})\b/.exec((await answer.text()).slice(0, textMax)) ?? [];
    if (revision === undefined) throw new Error("names no revision");
    return [2, 3000, Number(revision)];
  } catch (cause) {
    throw new PresentVersionUnknown("the present version of whatsapp web is not known", { cause });
  }
}
