import * as z from "zod";
import type { Disconnect, DisconnectKind } from "../whatsapp-port.ts";
import { ProxyUnreachable } from "./proxy-agents.ts";

/** What Baileys ends a socket with: a Boom with a status code, and the stanza that led to it as data. */
const Ending = z.object({
  message: z.string(),
  output: z.object({ statusCode: z.int() }).optional().catch(undefined),
  data: z
    .object({ attrs: z.record(z.string(), z.string()).optional().catch(undefined) })
    .optional()
    .catch(undefined),
});

/** How Baileys passes on that the agent of the WebSocket failed (lib/Socket/socket.js, mapWebSocketError). */
const Refusal = z.object({ data: z.instanceof(ProxyUnreachable) });

/** WhatsApp's own codes, of `<stream:error>` and `<failure>`. Those not in Baileys' list are whatsmeow's (types/events). */
const kindOfCode: Readonly<Record<number, DisconnectKind>> = {
  401: "logged_out",
  402: "banned",
  403: "banned",
  405: "client_outdated",
  406: "logged_out",
  408: "connection_lost",
  409: "client_outdated",
  411: "multidevice_mismatch",
  428: "connection_lost",
  440: "replaced",
  500: "bad_session",
  501: "unavailable",
  503: "unavailable",
  515: "restart_required",
};

/**
 * What a socket's end means. Only what WhatsApp itself said in a stanza can end a session; an HTTP status of the
 * WebSocket's upgrade, a timeout or a bad certificate never does, whatever its number.
 */
export function disconnectOf(error: unknown): Disconnect {
  const ending = Ending.safeParse(error);
  if (!ending.success) return { kind: "connection_lost", statusCode: null, detail: "closed without a reason" };
  const { message, output, data } = ending.data;
  const refusal = Refusal.safeParse(error);
  if (refusal.success) {
    const { statusCode } = refusal.data.data;
    return { kind: "proxy_unreachable", statusCode, detail: "the proxy could not be reached or refused" };
  }
  const statusCode = output?.statusCode ?? null;
  return { kind: kindOf(message, statusCode, data?.attrs?.type), statusCode, detail: detailOf(message) };
}

function kindOf(message: string, statusCode: number | null, conflict: string | undefined): DisconnectKind {
  if (message === "QR refs attempts ended") return "qr_timeout";
  if (message === "Multi-device beta not joined") return "multidevice_mismatch";
  // Without its code Baileys reads this conflict as 440.
  if (conflict === "device_removed") return "logged_out";
  if (message.startsWith("Stream Errored") || message === "Connection Failure") {
    return kindOfCode[statusCode ?? 0] ?? "unavailable";
  }
  if (message.startsWith("WebSocket Error") || message === "Timed Out") return "unreachable";
  if (message.startsWith("noise") || message.startsWith("invalid noise") || message === "certification match failed") {
    return "unreachable";
  }
  return "connection_lost";
}

/** Baileys' messages are fixed but for an error's text in brackets, which may name an address. */
function detailOf(message: string): string {
  return message.replaceAll(/\d{5,}/g, "…").slice(0, 200);
}
