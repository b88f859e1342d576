import * as z from "zod";
import type { Disconnect, DisconnectKind } from "../whatsapp-port.ts";
import { ProxyUnreachable } from "./proxy-agents.ts";

const Attributes = z.record(z.string(), z.string());

/** What Baileys ends a socket with: a Boom with a status code, and as data the stanza that led to it or its attributes. */
const Ending = z.object({
  message: z.string(),
  output: z.object({ statusCode: z.int() }).optional().catch(undefined),
  data: z
    .union([z.object({ attrs: Attributes }).transform(({ attrs }) => attrs), Attributes])
    .optional()
    .catch(undefined),
});

/** How Baileys passes on that the agent of the WebSocket failed (lib/Socket/socket.js, mapWebSocketError). */
const Refusal = z.object({ data: z.instanceof(ProxyUnreachable) });

const messageMax = 500;

/** WhatsApp's own codes, of `<stream:error>` and `<failure>`. Those not in Baileys' list are whatsmeow's (types/events). */
const kindOfCode: Readonly<Record<number, DisconnectKind>> = {
  401: "logged_out",
  402: "temporarily_banned",
  403: "banned",
  405: "client_outdated",
  406: "banned",
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
  const kind = kindOf(message, statusCode, data?.type);
  return { kind, statusCode, detail: detailOf(message), ...saidToPerson(kind, data) };
}

function kindOf(message: string, statusCode: number | null, conflict: string | undefined): DisconnectKind {
  if (message === "QR refs attempts ended") return "qr_timeout";
  if (message === "Multi-device beta not joined") return "multidevice_mismatch";
  // WhatsApp waited in vain for an acknowledgement, or could not read a stanza: the next connection begins afresh.
  if (message === "Stream Errored (ack)" || message === "Stream Errored (xml-not-well-formed)")
    return "connection_lost";
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

/** Read in whatsmeow connectionevents.go: `expire` is in seconds, and a lock comes with words for the person. */
function saidToPerson(kind: DisconnectKind, attributes: Record<string, string> = {}) {
  if (kind !== "banned" && kind !== "temporarily_banned") return {};
  const { expire, logout_message_header: header, logout_message_subtext: subtext } = attributes;
  const seconds = z.coerce.number().int().positive().safeParse(expire);
  const message = [header, subtext].filter(Boolean).join(" ").slice(0, messageMax);
  return {
    ...(kind === "temporarily_banned" && seconds.success ? { bannedForMs: seconds.data * 1_000 } : {}),
    ...(message === "" ? {} : { message }),
  };
}

/** Baileys' messages are fixed but for an error's text in brackets, which may name an address. */
function detailOf(message: string): string {
  return message.replaceAll(/\d{5,}/g, "…").slice(0, 200);
}
