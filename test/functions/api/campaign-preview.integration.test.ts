import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { contentOf } from "../../../domain/campaign/store.ts";
import { CampaignDesk, recipients } from "./campaign-desk.ts";

let campaigns: CampaignDesk;
beforeAll(async () => {
  campaigns = await CampaignDesk.open();
});
afterAll(() => campaigns.close());

describe("POST /api/campaigns/:id/preview", () => {
  it("tells what would come of it, and does nothing", async () => {
    const json = { phoneNumber: "+5511999990077", name: "Opted", optedOut: true };
    await campaigns.door.ask("POST", "/api/contacts", { key: campaigns.tenant.key, json });
    const more = Array.from({ length: 4 }, (_, at) => ({ to: `+551199999100${at}`, variables: { name: `P${at}` } }));
    const audience = {
      recipients: [
        ...recipients,
        ...more,
        { to: "+55 (11) 99999-0001", variables: { name: "Ana" } },
        { to: "+5511999990077" },
        { to: "x" },
      ],
    };
    const id = await campaigns.made({ audience, pace: { messagesPerMinute: 6, jitter: 0 } });
    const answer = await campaigns.act(id, "preview");
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      total: 9,
      skipped: [
        { reason: "duplicate", count: 1 },
        { reason: "opted_out", count: 1 },
        { reason: "invalid_number", count: 1 },
      ],
      estimatedDurationSeconds: expect.any(Number),
      samples: [
        { to: "+5511999990001", contactId: null, text: "Hello Ana" },
        { to: "+5511999990002", contactId: null, text: "Hello Rui" },
        { to: "+5511999991000", contactId: null, text: "Hello P0" },
      ],
      complete: true,
    });
    // Six messages at six a minute.
    expect(answer.body.estimatedDurationSeconds).toBe(60);
    expect(await campaigns.get(id)).toMatchObject({ status: "draft", stats: { total: 0 } });
    expect((await campaigns.ask("GET", `/${id}/recipients`)).body.data).toEqual([]);
  });

  it("is of a template's file as well, as it is when the campaign starts", async () => {
    const json = { name: "Menu", body: "Hi {{name}}", media: { type: "image", url: "https://example.com/menu.jpg" } };
    const tpl = (await campaigns.door.ask("POST", "/api/templates", { key: campaigns.tenant.key, json })).body.id;
    const { body } = await campaigns.createWithout("text", { template: { id: tpl } });
    const mediaId = await campaigns.uploaded("%PDF-1.7", "menu.pdf", "application/pdf");
    const changed = { ...json, media: { type: "document", mediaId } };
    await campaigns.door.ask("PUT", `/api/templates/${tpl}`, { key: campaigns.tenant.key, json: changed });
    expect((await campaigns.act(body.id, "start")).status).toBe(202);
    const ref = { tenantId: campaigns.tenant.id, id: body.id } as Parameters<typeof contentOf>[1];
    expect((await contentOf(campaigns.door.aws.db, ref)).media).toEqual({
      type: "document",
      mediaId,
      filename: "menu.pdf",
      mimetype: "application/pdf",
      size: 8,
      file: { at: "bucket", key: `uploads/${campaigns.tenant.id}/${mediaId}` },
    });
  });

  it("shows a template as it is now", async () => {
    const tpl = await campaigns.template("Hi {{name}}");
    const { body } = await campaigns.createWithout("text", { template: { id: tpl } });
    await campaigns.door.ask("PUT", `/api/templates/${tpl}`, {
      key: campaigns.tenant.key,
      json: { name: "Offer", body: "Good day {{name}}" },
    });
    expect((await campaigns.act(body.id, "preview")).body.samples[0].text).toBe("Good day Ana");
  });

  it("of one that was started shows what it says, whatever has become of its template since", async () => {
    const tpl = await campaigns.template("Hi {{name}}");
    const { body } = await campaigns.createWithout("text", { template: { id: tpl } });
    await campaigns.act(body.id, "start");
    const json = { name: "Offer", body: "Good day {{name}}" };
    await campaigns.door.ask("PUT", `/api/templates/${tpl}`, { key: campaigns.tenant.key, json });
    expect((await campaigns.act(body.id, "preview")).body.samples[0].text).toBe("Hi Ana");
  });
});
