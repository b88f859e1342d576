import { describe, expect, it } from "vitest";
import { Campaigner } from "./campaigner.ts";
import type { Customer } from "./customer.ts";
import { onSharedProduct } from "./journey-product.ts";
import type { Simulator } from "./simulator.ts";

let customer: Customer;
let whatsapp: Simulator;
let campaigns: Campaigner;
onSharedProduct(async product => {
  ({ customer, whatsapp } = product);
  campaigns = await Campaigner.linked(customer, whatsapp, "15550002200");
  for (const place of [1, 2, 3, 4, 5, 6]) await whatsapp.phone(person(place));
});

const person = (place: number) => `1555111${String(3_300 + place)}`;

async function upload(text: string, filename: string, mimetype: string): Promise<string> {
  const { body } = await customer.post("/api/media", { filename, mimetype, size: Buffer.byteLength(text) });
  expect((await fetch(body.uploadUrl, { method: "PUT", body: text })).status).toBe(200);
  return body.id;
}

const outcomes = async (id: string) =>
  (await campaigns.recipients(id)).map(({ to, reason }) => [to.replace("+", ""), reason]);
const isOver = ({ status }: { status: string }) => status === "completed";

describe("a campaign's audience", () => {
  it("is an uploaded file, previewed and then written to with what its columns say", async () => {
    const rows = [
      `${person(1)};Ana;A-1`,
      `${person(2)};Rui;A-2`,
      `+${person(1)};Ana;A-3`,
      "12;Nobody;A-4",
      `${person(3)};;A-5`,
    ];
    const mediaId = await upload(`phone;name;order\n${rows.join("\n")}\n`, "people.csv", "text/csv");
    const asked = {
      name: "Orders",
      sessionId: campaigns.sessionId,
      text: "{{name}}: {{order}}",
      audience: { mediaId },
    };
    const { body } = await customer.post("/api/campaigns", asked);
    const preview = await customer.post(`/api/campaigns/${body.id}/preview`);
    expect(preview.body).toMatchObject({
      total: 5,
      skipped: [
        { reason: "duplicate", count: 1 },
        { reason: "invalid_number", count: 1 },
        { reason: "missing_variable", count: 1 },
      ],
      samples: [{ text: "Ana: A-1" }, { text: "Rui: A-2" }],
      complete: true,
    });
    await campaigns.change(body.id, "start");
    await campaigns.that("the campaign to be completed", body.id, isOver);
    await whatsapp.receivedText(person(1), "Ana: A-1");
    await whatsapp.receivedText(person(2), "Rui: A-2");
    expect(await whatsapp.received(person(1))).toHaveLength(1);
    expect((await outcomes(body.id)).map(([, reason]) => reason)).toEqual([
      null,
      null,
      "duplicate",
      "invalid_number",
      "missing_variable",
    ]);
    expect((await customer.ask("DELETE", `/api/campaigns/${body.id}`)).status).toBe(204);
    expect((await customer.get(`/api/campaigns/${body.id}`)).status).toBe(404);
  });

  it("is whoever has a tag when it starts by itself at its time, and gets a template with its file", async () => {
    const contacts = [
      { phoneNumber: `+${person(4)}`, name: "Eva", tags: ["vip"] },
      { phoneNumber: `+${person(5)}`, name: "Lee", tags: ["vip"], optedOut: true },
    ];
    await customer.post("/api/contacts", { contacts });
    const mediaId = await upload("a,b\n1,2\n", "prices.csv", "text/csv");
    const media = { type: "document", mediaId };
    const template = await customer.post("/api/templates", { name: "Prices", body: "For {{name}}", media });
    const made = await customer.post("/api/campaigns", {
      name: "Prices",
      sessionId: campaigns.sessionId,
      template: { id: template.body.id },
      audience: { tags: ["vip"] },
      scheduledAt: new Date(Date.now() + 5_000).toISOString(),
    });
    expect(made.body.status).toBe("scheduled");
    await customer.post("/api/contacts", { phoneNumber: `+${person(6)}`, name: "Max", tags: ["vip"] });
    const { id } = made.body;
    const over = await campaigns.that("the campaign to be completed", id, isOver, 150_000);
    expect(over.stats).toMatchObject({ total: 3, skipped: 1, failed: 0 });
    for (const [place, name] of [
      [4, "Eva"],
      [6, "Max"],
    ] as const) {
      const [message] = await whatsapp.received(person(place));
      expect(JSON.stringify(message)).toContain(`For ${name}`);
    }
    expect(Object.fromEntries(await outcomes(id))).toMatchObject({ [person(5)]: "opted_out" });
  });
});
