import { describe, expect, it } from "vitest";
import type { Schemas } from "../../client/client.js";
import { eventually } from "../eventually.ts";
import { Customer } from "./customer.ts";
import { startProduct, temporaryData } from "./product.ts";
import { WebhookReceiver } from "./webhook-receiver.ts";

const numberOf = (at: number) => `+1415${5_550_000 + at}`;
const csvOf = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, at) => `${numberOf(from + at)};"Person, ${from + at}";vip|batch`).join("\r\n");

async function postCsv(customer: Customer, csv: string) {
  const headers = { authorization: `Bearer ${customer.key}`, "content-type": "text/csv" };
  const answer = await fetch(`${customer.api}/api/contacts`, { method: "POST", headers, body: csv });
  return { status: answer.status, body: (await answer.json()) as Schemas["SavedContacts"] };
}

async function upload(customer: Customer, csv: string): Promise<string> {
  const body = { filename: "contacts.csv", mimetype: "text/csv", size: Buffer.byteLength(csv) };
  const { data } = await customer.client.POST("/api/media", { body });
  const put = await fetch(data?.uploadUrl ?? "", { method: "PUT", body: csv });
  expect(put.status).toBe(200);
  return data?.id ?? "";
}

async function importOf(customer: Customer, importId: string) {
  const { data } = await customer.client.GET("/api/contacts/imports/{importId}", { params: { path: { importId } } });
  return data;
}

/** Every contact that a listing shows, page by page. */
async function listed(customer: Customer, query: { tag?: string; search?: string }) {
  const found: Schemas["Contact"][] = [];
  let cursor: string | undefined;
  do {
    const page = await customer.client.GET("/api/contacts", { params: { query: { ...query, limit: 100, cursor } } });
    found.push(...(page.data?.data ?? []));
    cursor = page.data?.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return found;
}

describe("a customer's contacts", () => {
  it("come by the thousand, are found again, and by file even where everything is killed meanwhile", async () => {
    await using data = await temporaryData();
    await using hook = new WebhookReceiver();
    const url = await hook.listen();
    const first = await startProduct(data.path, "--fresh");
    let importId: string;
    try {
      const customer = new Customer(first.ready.api, first.ready.apiKey);
      const webhook = await customer.client.POST("/api/webhooks", { body: { url, events: ["contact.*"] } });
      hook.secret = webhook.data?.secret ?? "";

      const many = await postCsv(customer, `phone;name;tags\r\n${csvOf(0, 5_001)}`);
      expect(many).toMatchObject({ status: 400, body: { code: "validation_failed" } });
      const list = await postCsv(customer, `\ufeffphone;name;tags\r\n${csvOf(0, 4_999)}\r\n12;Short;\r\n`);
      expect(list).toMatchObject({ status: 200, body: { created: 4_999, updated: 0, failedCount: 1 } });
      expect(list.body.failed[0]).toMatchObject({ index: 4_999, code: "validation_failed" });
      await hook.event("contact.imported", ({ data }) => data.created === 4_999);

      expect(await listed(customer, { tag: "vip", search: "person, 49" })).toHaveLength(110);
      expect(await listed(customer, { search: "+1 415 555 49" })).toHaveLength(99);

      const mediaId = await upload(customer, `phone;name;tags\n${csvOf(4_000, 8_000)}\n13;Short;\n`);
      const started = await customer.client.POST("/api/contacts/imports", { body: { mediaId } });
      expect(started.response.status).toBe(202);
      importId = started.data?.id ?? "";
      await eventually(
        "the import to have come some way",
        async () => ((await importOf(customer, importId))?.processed ?? 0) > 500,
      );
    } finally {
      await first.kill();
    }

    await using second = await startProduct(data.path);
    const customer = new Customer(second.ready.api, second.ready.apiKey);
    const done = await eventually(
      "the import to be over",
      async () => {
        const now = await importOf(customer, importId);
        return now?.status !== "running" && now;
      },
      100_000,
    );
    const counts = { total: 4_001, created: 3_001, updated: 999, failedCount: 1 };
    expect(done).toMatchObject({ status: "completed", processed: 4_001, ...counts });
    const errors = await (await fetch(done.errorsUrl ?? "")).text();
    expect(errors).toMatch(/^index,code,message\r\n4000,validation_failed,"phoneNumber: .*"\r\n$/);
    const told = await hook.event("contact.imported", ({ data }) => data.importId === importId);
    expect(told.data).toMatchObject(counts);
    expect(hook.events.filter(({ type }) => type !== "contact.imported")).toEqual([]);
    expect(hook.refused).toEqual([]);
    expect(await listed(customer, { search: "Person, 799" })).toHaveLength(11);
  }, 240_000);
});
