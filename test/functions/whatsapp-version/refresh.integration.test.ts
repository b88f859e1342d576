import { SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openLog } from "../../../domain/log.ts";
import type { Sample } from "../../../domain/metrics/metric.ts";
import { PresentVersionUnknown } from "../../../domain/whatsapp-version/present-version.ts";
import { type RefreshOptions, refresh } from "../../../functions/whatsapp-version/refresh.ts";
import { type EmulatedAws, emulatedAws } from "../../emulated-aws.ts";

const parameter = "/test/whatsapp-version";
let aws: EmulatedAws;
beforeAll(async () => {
  aws = await emulatedAws();
  aws.installed.front.parameters.seed(parameter, "default");
});
afterAll(() => aws[Symbol.asyncDispose]());

async function refreshed(more: Partial<RefreshOptions>): Promise<{ value: string | undefined; samples: Sample[] }> {
  const samples: Sample[] = [];
  const log = openLog({ name: "test", level: "silent" });
  const own = {
    ssm: new SSMClient(),
    parameter,
    now: Date.now,
    log,
    measure: (sample: Sample) => void samples.push(sample),
  };
  await refresh({ ...own, present: async () => [2, 3000, 1_045_649_367], ...more });
  return { value: aws.installed.front.parameters.get(parameter)?.value, samples };
}

const unknown = () => Promise.reject(new PresentVersionUnknown("not today"));

describe("the hourly look at the version of WhatsApp Web", () => {
  it("writes it to the parameter that hosts read", async () => {
    const { value, samples } = await refreshed({});
    expect(value).toBe("[2,3000,1045649367]");
    expect(samples).toEqual([{ metric: "WhatsAppVersionAge", value: 0 }]);
  });

  it("leaves the parameter where WhatsApp Web does not say, and tells how old it is", async () => {
    const in30Hours = () => Date.now() + 30 * 3_600_000;
    const { value, samples } = await refreshed({ present: unknown, now: in30Hours });
    expect(value).toBe("[2,3000,1045649367]");
    expect(samples).toMatchObject([{ metric: "WhatsAppVersionAge" }]);
    expect(samples[0]?.value).toBeGreaterThan(29 * 3_600);
  });

  it("fails where the parameter cannot be written", async () => {
    const ssm = new SSMClient({ endpoint: "http://127.0.0.1:1", maxAttempts: 1 });
    await expect(refreshed({ ssm })).rejects.toThrow();
  });
});
