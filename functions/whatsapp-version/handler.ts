import { SSMClient } from "@aws-sdk/client-ssm";
import type { ScheduledHandler } from "aws-lambda";
import { systemNow } from "../../domain/clock.ts";
import { parseEnvironment } from "../../domain/environment.ts";
import { openLog } from "../../domain/log.ts";
import { EmfMetrics } from "../../domain/metrics/emf.ts";
import { presentVersion } from "../../domain/whatsapp-version/present-version.ts";
import { WhatsAppVersionEnvironment } from "./environment.ts";
import { refresh } from "./refresh.ts";

const environment = parseEnvironment(WhatsAppVersionEnvironment, process.env);
const log = openLog({ name: "whatsapp-version" });
const metrics = new EmfMetrics({ log, now: systemNow, namespace: environment.METRICS_NAMESPACE });
const options = {
  ssm: new SSMClient({ maxAttempts: 3, requestHandler: { connectionTimeout: 1_000, socketTimeout: 5_000 } }),
  parameter: environment.WHATSAPP_VERSION_PARAMETER,
  present: () => presentVersion(environment.WHATSAPP_VERSION_URL),
  now: systemNow,
  measure: metrics.measure,
  log,
};

/** Every hour: the version of WhatsApp Web that socket hosts claim is the one that people get. */
export const handler: ScheduledHandler = async () => {
  await refresh(options);
  metrics.flush();
};
