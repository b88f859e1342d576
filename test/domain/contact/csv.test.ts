import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CsvUnreadable, csvContact, csvRecords, readCsv, readCsvHeader } from "../../../domain/contact/csv.ts";
import { readRow } from "../../../domain/contact/rows.ts";

async function recordsOf(bytes: Buffer, delimiter: string, piece = 7) {
  const pieces = Array.from({ length: Math.ceil(bytes.length / piece) }, (_, at) =>
    bytes.subarray(at * piece, (at + 1) * piece),
  );
  return Array.fromAsync(csvRecords(pieces, delimiter));
}

async function contactsOf(text: string) {
  const { columns, delimiter } = readCsvHeader(text);
  const [, ...records] = await recordsOf(Buffer.from(text), delimiter);
  const contacts = records.map(({ fields }) => csvContact(columns, fields));
  expect(readCsv(text)).toEqual(contacts);
  return contacts.map((contact, index) => readRow(index, contact));
}

describe("a CSV of contacts", () => {
  it.each([
    ["commas", "phone,name\n5511999999999,Ana"],
    ["semicolons", "phone;name\n5511999999999;Ana"],
    ["tabs", "phone\tname\n5511999999999\tAna"],
    ["a byte-order mark", "\ufeffphone,name\n5511999999999,Ana"],
    ["Windows line endings", "phone,name\r\n5511999999999,Ana\r\n"],
    ["old Mac line endings", "phone,name\r5511999999999,Ana\r"],
    ["blank lines", "\n\nphone,name\n\n5511999999999,Ana\n\n"],
    ["quotes", '"phone","name"\n"5511999999999","Ana"'],
    ["another order and case", "Name,PHONENUMBER\nAna,5511999999999"],
    ["spaces around", " phone , name \n 5511999999999 , Ana "],
  ])("is read with %s", async (_what, text) => {
    expect(await contactsOf(text)).toEqual([{ index: 0, given: { phoneNumber: "+5511999999999", name: "Ana" } }]);
  });

  it("has tags apart by comma or bar, opt-outs, and custom fields in every other column", async () => {
    const text = [
      "phoneNumber;name;email;tags;optedOut;city;Customer No",
      '5511999999999;"Souza; ""Ana""\nMaria";ana@example.com;vip, new|b2b,vip;TRUE;São Paulo;0042',
      "5511999999998;;;;;;",
    ].join("\r\n");
    expect(await contactsOf(text)).toEqual([
      {
        index: 0,
        given: {
          phoneNumber: "+5511999999999",
          name: 'Souza; "Ana"\nMaria',
          email: "ana@example.com",
          tags: ["vip", "new", "b2b"],
          optedOut: true,
          customFields: { city: "São Paulo", "Customer No": "0042" },
        },
      },
      { index: 1, given: { phoneNumber: "+5511999999998" } },
    ]);
  });

  it("fails a row that is wrong by itself, saying what", async () => {
    const text =
      "phone,email,optedOut\n123,x,maybe\n,a@example.com,\n5511999999999,,,4,\n5511999999999,a@example.com,no";
    const [first, second, third, fourth] = await contactsOf(text);
    expect(first).toMatchObject({ index: 0, code: "validation_failed" });
    expect(first).toHaveProperty("message", expect.stringMatching(/phoneNumber: must be .*; email: .*; optedOut: /));
    expect(second).toMatchObject({ index: 1, message: expect.stringMatching(/^phoneNumber: must be a phone number/) });
    expect(third).toMatchObject({ index: 2, message: expect.stringContaining("column 4") });
    expect(fourth).toEqual({
      index: 3,
      given: { phoneNumber: "+5511999999999", email: "a@example.com", optedOut: false },
    });
  });

  it.each([
    ["", "phone or phoneNumber"],
    ["name,email\nAna,a@example.com", "phone or phoneNumber"],
    ["phone,phoneNumber\n1,2", "twice"],
    ["phone,City,City\n1,2,3", "twice"],
    ['phone,"name\n5511999999999,Ana', "quote"],
  ])("is refused whole where its header is %j", (text, why) => {
    expect(() => readCsvHeader(text)).toThrow(CsvUnreadable);
    expect(() => readCsvHeader(text)).toThrow(why);
  });

  it("is refused whole where a quote is never closed", async () => {
    const text = `phone,name\n1,"Ana\n${"5511999999999,Ana\n".repeat(10_000)}`;
    await expect(recordsOf(Buffer.from(text), ",", 4_096)).rejects.toThrow(CsvUnreadable);
  });

  const cell = fc.string({ unit: fc.constantFrom("a", "é", "😀", " ", '"', ",", ";", "\n", "\r", "1"), maxLength: 8 });
  const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 12 });
  const written = (rows: string[][], delimiter: string, ending: string) =>
    rows.map(row => row.map(value => `"${value.replaceAll('"', '""')}"`).join(delimiter) + ending).join("");

  it("is read as it was written, and from the end of any record on", async () => {
    const delimiters = fc.constantFrom(",", ";", "\t");
    const endings = fc.constantFrom("\n", "\r\n", "\r");
    await fc.assert(
      fc.asyncProperty(
        table,
        delimiters,
        endings,
        fc.nat(),
        fc.integer({ min: 1, max: 50 }),
        async (rows, delimiter, ending, at, piece) => {
          const bytes = Buffer.from(`\ufeff${written(rows, delimiter, ending)}`);
          const records = await recordsOf(bytes, delimiter, piece);
          expect(records.map(({ fields }) => fields)).toEqual(rows);
          const split = at % rows.length;
          const rest = await recordsOf(bytes.subarray(records[split]?.bytes), delimiter, piece);
          expect(rest.map(({ fields }) => fields)).toEqual(rows.slice(split + 1));
        },
      ),
      { numRuns: 50 },
    );
  });
});
