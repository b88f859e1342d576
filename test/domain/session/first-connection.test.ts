import { describe, expect, it } from "vitest";
import { firstConnection } from "../../../domain/session/first-connection.ts";

const phone = (number: string) => ({ jid: `${number}@s.whatsapp.net`, lid: null, number: `+${number}`, name: null });
const [monday, friday] = ["2026-11-16T08:00:00.000Z", "2026-11-20T08:00:00.000Z"];

describe("the first connection of a session's number", () => {
  it.each([
    ["is noted", { phone: null }, { phone: phone("5511999999999"), connectedAt: monday }, { firstConnectedAt: monday }],
    [
      "stays when it connects again",
      { phone: phone("5511999999999"), firstConnectedAt: monday },
      { phone: phone("5511999999999"), connectedAt: friday },
      {},
    ],
    [
      "is noted anew for another number",
      { phone: phone("5511999999999"), firstConnectedAt: monday },
      { phone: phone("5511888888888"), connectedAt: friday },
      { firstConnectedAt: friday },
    ],
    [
      "is noted late where older rows do not have it",
      { phone: phone("5511999999999") },
      { phone: phone("5511999999999"), connectedAt: friday },
      { firstConnectedAt: friday },
    ],
    ["is not touched by anything else", { phone: null }, {}, {}],
  ])("%s", (_, before, fields, expected) => {
    expect(firstConnection(before, fields)).toEqual(expected);
  });
});
