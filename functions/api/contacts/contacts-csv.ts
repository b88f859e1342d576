import * as z from "zod";
import { CsvUnreadable, readCsv } from "../../../domain/contact/csv.ts";

/** A CSV with a header row, read as the list of contacts it says. */
export const ContactsCsv = z
  .string()
  .transform((text, context) => {
    try {
      return { contacts: readCsv(text) };
    } catch (error) {
      if (!(error instanceof CsvUnreadable)) throw error;
      context.addIssue({ code: "custom", message: error.message });
      return z.NEVER;
    }
  })
  .meta({
    description:
      "A header row and a row for each contact. Columns: phone or phoneNumber, name, email, tags (apart by , or |), " +
      "optedOut; any other is a custom field. Fields are apart by comma, semicolon or tab.",
    examples: ["phone,name,tags,city\n+5511999999999,Ana Souza,vip|new,São Paulo\n"],
  });
