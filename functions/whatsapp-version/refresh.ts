import { GetParameterCommand, PutParameterCommand, type SSMClient } from "@aws-sdk/client-ssm";
import type { Log } from "../../domain/log.ts";
import type { Measure } from "../../domain/metrics/metric.ts";
import { PresentVersionUnknown } from "../../domain/whatsapp-version/present-version.ts";
import type { WhatsAppVersion } from "../../domain/whatsapp-version/whatsapp-version.ts";

export interface RefreshOptions {
  readonly ssm: SSMClient;
  readonly parameter: string;
  /** Asks WhatsApp Web which version it is. */
  readonly present: () => Promise<WhatsAppVersion>;
  readonly now: () => number;
  readonly measure: Measure;
  readonly log: Log;
}

/**
 * Writes the present version of WhatsApp Web to the parameter that socket hosts read, also where it is the same, so that
 * the parameter's date says when it was last confirmed. Where WhatsApp Web does not say, the parameter stays, and the
 * metric says for how many seconds it has.
 */
export async function refresh(options: RefreshOptions): Promise<void> {
  const { ssm, parameter, measure, log } = options;
  try {
    const version = await options.present();
    await ssm.send(new PutParameterCommand({ Name: parameter, Value: JSON.stringify(version), Overwrite: true }));
    measure({ metric: "WhatsAppVersionAge", value: 0 });
    log.info("whatsapp version refreshed", { version: version.join(".") });
  } catch (error) {
    if (!(error instanceof PresentVersionUnknown)) throw error;
    log.warn("present whatsapp version not known", { error });
    measure({ metric: "WhatsAppVersionAge", value: await ageSeconds(options) });
  }
}

async function ageSeconds({ ssm, parameter, now }: RefreshOptions): Promise<number> {
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name: parameter }));
  const confirmedAtMs = Parameter?.LastModifiedDate?.getTime() ?? now();
  return Math.max(0, Math.round((now() - confirmedAtMs) / 1_000));
}
