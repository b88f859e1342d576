import { describe, expect, it } from "vitest";
import { disconnectOf } from "../../../socket-host/baileys/disconnects.ts";

/** As Baileys makes them, with @hapi/boom. */
const ended = (message: string, statusCode: number, data?: unknown) =>
  disconnectOf(Object.assign(new Error(message), { output: { statusCode }, data }));
const conflict = (type: string) => ({ tag: "conflict", attrs: { type } });

describe("why a socket ended", () => {
  it.each([
    ["Stream Errored (restart required)", 515, undefined, "restart_required"],
    ["Stream Errored (unknown)", 503, undefined, "unavailable"],
    ["Stream Errored (unknown)", 500, undefined, "bad_session"],
    ["Stream Errored (conflict)", 440, conflict("replaced"), "replaced"],
    ["Stream Errored (conflict)", 401, conflict("device_removed"), "logged_out"],
    ["Stream Errored (conflict)", 440, conflict("device_removed"), "logged_out"],
    ["Stream Errored (unknown)", 999, undefined, "unavailable"],
    ["Connection Failure", 401, { reason: "401" }, "logged_out"],
    ["Connection Failure", 403, { reason: "403" }, "banned"],
    ["Connection Failure", 402, { reason: "402", code: "101", expire: "60" }, "temporarily_banned"],
    ["Connection Failure", 406, { reason: "406" }, "banned"],
    ["Connection Failure", 409, { reason: "409" }, "client_outdated"],
    ["Stream Errored (ack)", 500, { tag: "ack", attrs: { class: "receipt", id: "1" } }, "connection_lost"],
    ["Stream Errored (xml-not-well-formed)", 500, { tag: "xml-not-well-formed", attrs: {} }, "connection_lost"],
    ["Connection Failure", 405, { reason: "405" }, "client_outdated"],
    ["Connection Failure", 411, { reason: "411" }, "multidevice_mismatch"],
    ["Connection Failure", 503, { reason: "503" }, "unavailable"],
    ["Multi-device beta not joined", 411, undefined, "multidevice_mismatch"],
    ["QR refs attempts ended", 408, undefined, "qr_timeout"],
    ["Connection was lost", 408, undefined, "connection_lost"],
    ["Timed Out", 408, undefined, "unreachable"],
    ["Connection Terminated", 428, undefined, "connection_lost"],
    ["Connection Terminated by Server", 428, undefined, "connection_lost"],
    ["Connection Closed", 428, undefined, "connection_lost"],
    ["WebSocket Error (connect ECONNREFUSED)", 408, undefined, "unreachable"],
    ["noise certificate signature invalid", 400, undefined, "unreachable"],
    ["noise intermediate certificate signature invalid", 400, undefined, "unreachable"],
  ])("%s %i is %s", (message, statusCode, data, kind) => {
    expect(ended(message, statusCode, data)).toMatchObject({ kind, statusCode });
  });

  it.each([401, 403, 405])(
    "an HTTP %i at the WebSocket's upgrade, say of a proxy, never ends a session",
    statusCode => {
      expect(ended(`WebSocket Error (Unexpected server response: ${statusCode})`, statusCode).kind).toBe("unreachable");
    },
  );

  it("carries how long a ban lasts and what WhatsApp says to the person, and logs neither", () => {
    const banned = ended("Connection Failure", 402, { reason: "402", expire: "90" });
    expect(banned).toMatchObject({ bannedForMs: 90_000, detail: "Connection Failure" });
    const words = { logout_message_header: "Your account is locked.", logout_message_subtext: "Open WhatsApp." };
    const locked = ended("Connection Failure", 403, { reason: "403", ...words });
    expect(locked.message).toBe("Your account is locked. Open WhatsApp.");
    expect(locked.detail).toBe("Connection Failure");
  });

  it("is a lost connection where there is no word of it", () => {
    expect(disconnectOf(undefined)).toMatchObject({ kind: "connection_lost", statusCode: null });
    expect(disconnectOf(new Error("something else"))).toMatchObject({ kind: "connection_lost", statusCode: null });
  });
});
