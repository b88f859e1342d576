import * as z from "zod";
import { metricsEnvironment } from "../../domain/metrics/metric.ts";
import { versionUrlEnvironment } from "../../domain/whatsapp-version/present-version.ts";

export const WhatsAppVersionEnvironment = z.object({
  ...metricsEnvironment,
  ...versionUrlEnvironment,
  /** The SSM parameter that socket hosts read the version from. */
  WHATSAPP_VERSION_PARAMETER: z.string().min(1),
});
/** What the template sets; the rest is defaulted, or local. */
export type WhatsAppVersionEnvironment = Omit<z.input<typeof WhatsAppVersionEnvironment>, "WHATSAPP_VERSION_URL">;
