import { describe, expect, it } from "vitest";
import { openLog } from "../../domain/log.ts";

function recorded(level?: string) {
  const lines: Record<string, unknown>[] = [];
  const log = openLog({ name: "test", level, write: line => void lines.push(JSON.parse(line)) });
  return { log, lines };
}

describe("the log", () => {
  it("writes one JSON line with level, time, name, message and fields", () => {
    const { log, lines } = recorded();
    log.child({ tenantId: "ten_1" }).info("message accepted", { messageId: "msg_1", latencyMs: 12 });
    expect(lines).toEqual([
      {
        level: "info",
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        name: "test",
        tenantId: "ten_1",
        messageId: "msg_1",
        latencyMs: 12,
        message: "message accepted",
      },
    ]);
  });

  it("keeps quiet below its level", () => {
    const { log, lines } = recorded("warn");
    log.info("quiet");
    log.debug("quiet");
    log.warn("loud");
    expect(lines.map(line => line.message)).toEqual(["loud"]);
  });

  it("writes an error with its code and the chain of its causes", () => {
    const { log, lines } = recorded();
    const cause = new TypeError("socket hang up");
    log.error("it failed", { error: Object.assign(new Error("no answer", { cause }), { code: "unavailable" }) });
    expect(lines[0]?.error).toMatchObject({
      name: "Error",
      code: "unavailable",
      message: "no answer",
      cause: { name: "TypeError", message: "socket hang up" },
    });
  });

  it("never writes a text, a key, a QR or a phone number, however deep", () => {
    const { log, lines } = recorded();
    log.child({ phone: "+5511999999999" }).warn("odd", {
      text: "dear Ana",
      message2: { qr: "2@abc", key: { private: "x" }, inner: { apiKey: "wa_live_X" } },
      error: new Error("no route to 5511999999999:3@s.whatsapp.net nor +5511999999999"),
      list: ["123456789@lid"],
      payload: new Uint8Array(3),
    });
    const written = JSON.stringify(lines);
    for (const secret of ["5511999999999", "dear Ana", "2@abc", "private", "wa_live", "123456789"]) {
      expect(written).not.toContain(secret);
    }
  });
});
