import * as z from "zod";
import { idOf } from "../id.ts";
import { Metadata } from "../metadata.ts";
import { PairingCodeError } from "./pairing-code-error.ts";

export const SessionStatus = z
  .enum([
    "starting",
    "qr",
    "connecting",
    "connected",
    "passkey_required",
    "passkey_confirmation",
    "disconnected",
    "stopped",
  ])
  .meta({ id: "SessionStatus" });
export type SessionStatus = z.infer<typeof SessionStatus>;

/** Why a session went down. All but the last eight end it (`disconnected`); with the others it reconnects by itself. */
export const DisconnectReason = z
  .enum([
    "logged_out",
    "replaced",
    "banned",
    "client_outdated",
    "multidevice_mismatch",
    "qr_timeout",
    "passkey_timeout",
    "passkey_failed",
    "temporarily_banned",
    "proxy_unreachable",
    "restart_required",
    "connection_lost",
    "unreachable",
    "unavailable",
    "bad_session",
  ])
  .meta({ id: "DisconnectReason" });
export type DisconnectReason = z.infer<typeof DisconnectReason>;

export const SessionLimits = z
  .strictObject({
    campaignMessagesPerMinute: z.number().min(0.1).max(6000).nullable().default(20),
    firstContactsPerDay: z
      .union([z.literal("warmup"), z.int().min(0).max(100_000)])
      .nullable()
      .default("warmup"),
  })
  .meta({ id: "SessionLimits", description: "Hold for campaigns alone; null lifts the cap." });
export type SessionLimits = z.infer<typeof SessionLimits>;

export const defaultLimits: SessionLimits = { campaignMessagesPerMinute: 20, firstContactsPerDay: "warmup" };

const SessionPhone = z
  .object({
    jid: z.string(),
    lid: z.string().nullable(),
    number: z.string().meta({ description: "+ and digits" }),
    name: z.string().nullable(),
  })
  .meta({ id: "SessionPhone" });

const LastDisconnect = z.object({
  reason: DisconnectReason,
  statusCode: z.int().nullable(),
  /** What WhatsApp says to the person, in the account's language, where it says anything. */
  message: z.string().nullable().optional(),
  at: z.iso.datetime(),
});
const StatusChange = z.object({ status: SessionStatus, at: z.iso.datetime() });
const QrCode = z.object({ code: z.string(), expiresAt: z.iso.datetime() });

/** How far a link by passkey has come, and the challenge or the code, sealed: they are never stored in the clear. */
const PendingPasskey = z.object({
  state: z.enum(["challenge", "checking", "confirmation", "finishing"]),
  sealed: z.custom<Uint8Array>(value => value instanceof Uint8Array).nullable(),
  /** Why a challenge is shown again: WhatsApp refused the assertion before, or the phone said nothing. */
  failure: z.enum(["refused", "phone_silent"]).nullable(),
  expiresAt: z.iso.datetime(),
});

const SealedUrl = z.custom<Uint8Array>(value => value instanceof Uint8Array);

/** A session as it is stored. `epoch` is that of the lease under which its status was last written. */
export const Session = z.object({
  id: idOf("ses"),
  tenantId: idOf("ten"),
  shard: z.int().min(0),
  name: z.string().nullable(),
  metadata: Metadata,
  limits: SessionLimits,
  status: SessionStatus,
  /** Whether it has keys that log in: set by pairing, cleared by a logout. */
  linked: z.boolean(),
  qr: QrCode.nullable(),
  pairingCode: z.string().nullable(),
  /** Why there is no pairing code though one was asked for; null or absent otherwise. */
  pairingCodeError: PairingCodeError.nullable().optional(),
  /** Present while the phone's account links by a passkey; null or absent otherwise. */
  passkey: PendingPasskey.nullable().optional(),
  /** Asks for a pairing code beside the QR while it is not linked: `+` and digits; null or absent for the QR alone. */
  pairingNumber: z.string().nullable().optional(),
  /** The URL of the proxy it connects through, sealed; null or absent where it connects directly. */
  proxy: SealedUrl.nullable().optional(),
  phone: SessionPhone.nullable(),
  lastDisconnect: LastDisconnect.nullable(),
  restricted: z.object({ reason: z.string(), until: z.iso.datetime().nullable() }).nullable(),
  lastInboundAt: z.iso.datetime().nullable(),
  statuses: z.array(StatusChange),
  createdAt: z.iso.datetime(),
  connectedAt: z.iso.datetime().nullable(),
  /** When the number it is linked to now was first connected: how warm it is. Absent before, and in older rows. */
  firstConnectedAt: z.iso.datetime().nullable().optional(),
  /** How long its messages are kept, as its tenant has it; null or absent for good. */
  retentionDays: z.int().min(1).nullable().optional(),
  epoch: z.int().min(0),
});
export type Session = z.infer<typeof Session>;
export type SessionRef = Pick<Session, "id" | "tenantId" | "shard">;

export const statusesKept = 10;

/** The fields of a session that shows nothing to link it by. */
export const nothingToLinkBy = { qr: null, pairingCode: null, pairingCodeError: null, passkey: null };

/**
 * Whether a message for it is accepted: it has been linked, and it will come back by itself if it is not there now.
 */
export function takesMessages(session: Pick<Session, "status" | "linked">): boolean {
  return session.linked && wantsConnection(session);
}

/** Whether a socket host must hold a socket for it: all but the ones that only a restart brings back. */
export function wantsConnection(session: Pick<Session, "status">): boolean {
  return session.status !== "disconnected" && session.status !== "stopped";
}
