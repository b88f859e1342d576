import { describe, expect, test } from "vitest";
import { webhookRoutes, webhookRoutesUnder } from "../../../functions/api/webhooks/routes.ts";
import { refusedHosts } from "../../domain/webhook/refused-addresses.ts";

const events = ["*"];
const local = webhookRoutesUnder({ allowLoopback: true });

describe("the URL of a webhook, as the table of endpoints has it", () => {
  test.each(["http://127.0.0.1:4000/hook", "http://localhost:4000/hook", "http://[::1]/"])(
    "may be %s under the local runner and nowhere else",
    url => {
      expect(webhookRoutes.createWebhook.body.safeParse({ url, events }).success).toBe(false);
      expect(webhookRoutes.updateWebhook.body.safeParse({ url }).success).toBe(false);
      expect(webhookRoutes.replaceWebhook.body.safeParse({ url, events }).success).toBe(false);
      expect(local.createWebhook.body.safeParse({ url, events }).success).toBe(true);
    },
  );

  test.each(refusedHosts)("may not have the host %s", host => {
    const url = `https://${host}/hook`;
    const result = webhookRoutes.createWebhook.body.safeParse({ url, events });
    expect(result.error?.issues.map(({ path }) => path)).toEqual([["url"]]);
  });
});
