import { describe, expect, it } from "vitest";
import { confirmationOf, optsIn, optsOut } from "../../../domain/campaign/opt-out-word.ts";

describe("a word about wanting messages", () => {
  it.each(["STOP", "stop", "  Stop\n", "UNSUBSCRIBE", "Baja", "PARAR", "sair", "CANCELAR", "ＳＴＯＰ"])(
    "opts out as %j",
    text => expect([optsOut(text), optsIn(text)]).toEqual([true, false]),
  );

  it.each(["", "stop it", "STOP!", "please stop", "st op", "stopp", "toString", "constructor", "__proto__"])(
    "does not as %j",
    text => expect(optsOut(text)).toBe(false),
  );

  it.each(["START", " start ", "Start"])("opts in as %j", text => expect(optsIn(text)).toBe(true));

  it("is confirmed in its own language, a tenant's own word in English", () => {
    expect(confirmationOf("Baja")).toContain("Envía START");
    expect(confirmationOf("SAIR")).toContain("Envie START");
    expect(confirmationOf("stop")).toContain("Send START");
    expect(confirmationOf("basta")).toBe(confirmationOf("STOP"));
  });
});
