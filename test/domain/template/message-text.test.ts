import { describe, expect, it } from "vitest";
import { ValidationFailed } from "../../../domain/error.ts";
import { messageText, TemplateVariables } from "../../../domain/template/message-text.ts";

function faultsOf(body: string, variables: Record<string, string>) {
  try {
    return messageText(body, variables, "body.variables");
  } catch (error) {
    if (error instanceof ValidationFailed) return error.fields.map(({ path }) => path);
    throw error;
  }
}

describe("the text of a message made of a template", () => {
  it("takes more values than it needs, and numbers as they are written", () => {
    const variables = TemplateVariables.parse({ name: "Ana", count: 3.5, unused: "" });
    expect(messageText("{{name}}: {{count}}", variables, "body.variables")).toBe("Ana: 3.5");
  });

  it("names every variable that has no value", () => {
    expect(faultsOf("{{a}} {{b}} {{c}}", { b: "1" })).toEqual(["body.variables.a", "body.variables.c"]);
  });

  it("is refused where nothing is left to send, or more than a message holds", () => {
    expect(faultsOf("{{a}}", { a: "" })).toEqual(["body.variables"]);
    expect(faultsOf("{{a}}".repeat(20), { a: "x".repeat(4_096) })).toEqual(["body.variables"]);
    expect(faultsOf("{{a}}".repeat(16), { a: "x".repeat(4_096) })).toHaveLength(65_536);
  });

  it.each([{ a: null }, { a: true }, { a: {} }, { "": "x" }, { a: "x".repeat(4_097) }, "a", ["a"]])(
    "does not take %j as values",
    values => {
      expect(TemplateVariables.safeParse(values).success).toBe(false);
    },
  );
});
