import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { missingVariables, rendered, variablesOf } from "../../../domain/template/placeholder.ts";

describe("the variables of a text", () => {
  it.each([
    ["Hello", []],
    ["Hello {{name}}", ["name"]],
    ["{{ b }} {{a}} {{b}} {{  a_1  }}", ["b", "a", "a_1"]],
    ["{{1}} {{nome_do_cliente}} {{имя}} {{名前}}", ["1", "nome_do_cliente", "имя", "名前"]],
    ["{{}} {{ }} {{a b}} {{a-b}} {name} {{name} {{na\nme}}", []],
    ["{{{name}}}", ["name"]],
    [`{{${"x".repeat(64)}}} {{${"y".repeat(65)}}}`, ["x".repeat(64)]],
  ])("%j has %j", (text, names) => {
    expect(variablesOf(text)).toEqual(names);
  });
});

describe("a text filled in", () => {
  it.each([
    ["Hello {{name}}, {{ name }}!", { name: "Ana" }, "Hello Ana, Ana!"],
    ["{{a}}{{b}}", { a: "{{b}}", b: "$&" }, "{{b}}$&"],
    ["{{constructor}} {{a}}", { constructor: "x", a: "" }, "x "],
    ["{{{a}}}", { a: "1" }, "{1}"],
  ])("%j with %j is %j", (text, variables, filled) => {
    expect(rendered(text, variables)).toBe(filled);
  });

  it("misses what is not given, and what every object has by itself", () => {
    expect(missingVariables("{{a}} {{b}} {{constructor}} {{toString}} {{a}}", { b: "" })).toEqual([
      "a",
      "constructor",
      "toString",
    ]);
  });

  const name = fc.string({ unit: fc.constantFrom("a", "b", "ü", "_", "7"), minLength: 1, maxLength: 3 });
  const piece = fc.oneof(
    fc.record({ name, space: fc.constantFrom("", " ", "\n") }),
    fc.string({ unit: fc.constantFrom("x", " ", "$", "ñ", "😀"), maxLength: 5 }),
  );

  it("is its plain parts as they stand, with each value where its name stood", () => {
    fc.assert(
      fc.property(fc.array(piece), fc.string(), (pieces, value) => {
        const text = pieces.map(part => (typeof part === "string" ? part : `{{${part.space}${part.name}}}`)).join("");
        const names = pieces.flatMap(part => (typeof part === "string" ? [] : [part.name]));
        expect(variablesOf(text)).toEqual([...new Set(names)]);
        const variables = Object.fromEntries(names.map(each => [each, `<${each}${value}>`]));
        expect(missingVariables(text, variables)).toEqual([]);
        const whole = pieces.map(part => (typeof part === "string" ? part : `<${part.name}${value}>`)).join("");
        expect(rendered(text, variables)).toBe(whole);
      }),
    );
  });

  it("is any text without variables, unchanged", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("{", "}", " ", "a", "-") }), text => {
        fc.pre(variablesOf(text).length === 0);
        expect(rendered(text, {})).toBe(text);
      }),
    );
  });
});
