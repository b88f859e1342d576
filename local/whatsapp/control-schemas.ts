import * as z from "zod";
import { addressings } from "./phones.ts";
import { StructuredContent } from "./structured-content.ts";

/** A phone number as a customer would write it; kept without the `+`. */
export const PhoneNumber = z
  .string()
  .regex(/^\+?\d{7,15}$/, "must be 7 to 15 digits")
  .transform(number => number.replace("+", ""));

const Name = z.string().min(1).max(100);

export const NewPhone = z.strictObject({
  number: PhoneNumber,
  name: Name.optional(),
  lidMigrated: z.boolean().default(true),
  asksForTokens: z.boolean().default(true),
  passkey: z.boolean().optional(),
});

export const PhoneChange = z.strictObject({
  name: Name.optional(),
  online: z.boolean().optional(),
  readsMessages: z.boolean().optional(),
  repliesWith: z.string().min(1).max(65_536).nullable().optional(),
  deliveryDelayMs: z.number().int().min(0).max(3_600_000).optional(),
  addressing: z.enum(addressings).optional(),
  lidMigrated: z.boolean().optional(),
  asksForTokens: z.boolean().optional(),
});

export const Scan = z.strictObject({ qr: z.string().min(1) });

/** What the person types, as eight letters and digits, however they are spaced. */
export const Pair = z.strictObject({
  code: z
    .string()
    .transform(code => code.toUpperCase().replaceAll(/[\s-]/g, ""))
    .pipe(z.string().regex(/^[A-Z0-9]{8}$/, "must be eight letters and digits")),
});

const Recipient = z.string().min(1);

export const NewMedia = z.strictObject({
  type: z.enum(["image", "video", "audio", "voice", "document", "sticker"]),
  base64: z.base64().min(1),
  mimetype: z.string().min(1),
  filename: z.string().optional(),
  caption: z.string().optional(),
});

/** A message that a person writes on the phone; exactly one of text, media, reaction and structured content. */
export const NewMessage = z.union([
  z.strictObject({
    to: Recipient,
    text: z.string().min(1).max(65_536),
    /** The message it answers, which the phone received or sent. */
    quotedId: z.string().min(1).optional(),
    /** Numbers that the text names, each as @ and the number. */
    mentions: z.array(PhoneNumber).max(1_024).default([]),
    /** Companions of the other side are told that it came, and only the phone gets the text. */
    onlyPhone: z.boolean().default(false),
    /** The ad that the person came from. */
    ad: z
      .strictObject({
        sourceUrl: z.url(),
        sourceId: z.string(),
        headline: z.string(),
        body: z.string(),
        ctwaClid: z.string(),
      })
      .optional(),
    /** When the stanza says it was written; now unless told. */
    at: z.iso.datetime().optional(),
  }),
  z.strictObject({ to: Recipient, media: NewMedia, quotedId: z.string().min(1).optional() }),
  z.strictObject({ to: Recipient, reaction: z.strictObject({ messageId: z.string(), emoji: z.string() }) }),
  ...StructuredContent.options.map(option => option.extend({ to: Recipient })),
]);

export type NewMessage = z.infer<typeof NewMessage>;

/** Texts that a phone has had in a chat, which it tells the companions that it links from now on. */
export const NewHistory = z.strictObject({
  with: Recipient,
  messages: z
    .array(
      z.strictObject({
        text: z.string().min(1).max(65_536),
        fromMe: z.boolean().default(false),
        at: z.iso.datetime(),
        id: z.string().min(1).max(100).optional(),
        /** What the two of them thought of it. */
        reactions: z
          .array(z.strictObject({ emoji: z.string().min(1), fromMe: z.boolean().default(false) }))
          .default([]),
      }),
    )
    .min(1)
    .max(100_000),
});

/** A call by `callId` is one that rang before; `ended` hangs it up. */
export const NewCall = z.strictObject({
  to: Recipient,
  kind: z.enum(["audio", "video"]).default("audio"),
  status: z.enum(["offered", "ended"]).default("offered"),
  callId: z.string().min(1).max(100).optional(),
});
export const Typing = z.strictObject({ to: Recipient, paused: z.boolean().optional() });

export const Read = z.strictObject({ ids: z.array(z.string().min(1)).min(1).max(10_000) });

/** With `forget` the phones do not have the file any more either. */
export const ExpireMedia = z.strictObject({
  id: z.string().min(1),
  forget: z.boolean().default(false),
  /** What the media host answers from now on (read: mautrix wa-media.go asks the phone after each of these). */
  status: z.union([z.literal(403), z.literal(404), z.literal(410)]).default(404),
});

export const Edit = z.strictObject({
  id: z.string().min(1),
  text: z.string().min(1).max(65_536),
  /** As phones do since May 2026; false: in the clear, as before. */
  sealed: z.boolean().default(true),
});
export const Revoke = z.strictObject({ id: z.string().min(1) });

export const MessagesQuery = z.strictObject({ after: z.coerce.number().int().min(0).default(0) });

/** A code as a number or as text; stanzas carry text. */
const code = <T extends readonly string[]>(codes: T) => z.preprocess(numberToText, z.enum(codes));
const anyCode = z.preprocess(numberToText, z.string().regex(/^\d{3}$/, "must be three digits"));
const scope = { number: PhoneNumber.optional() };
const count = z.number().int().min(1).max(1_000_000).optional();
const ms = z.number().int().min(1).max(3_600_000);

const KINDS =
  "stream_error, stream_refusal, conflict, failure, drop, silence, nack, delay, media, corrupt, passkey, certificate, companion_reg_refresh, refuse, offline_stall, no_keys, no_lid, recipient_addresses, late_devices, stale_groups, new_lid or time_lock";

export const NewFault = z.discriminatedUnion(
  "kind",
  [
    z.strictObject({ ...scope, kind: z.literal("stream_error"), code: anyCode.default("503"), count }),
    z.strictObject({
      ...scope,
      kind: z.literal("conflict"),
      code: z.enum(["replaced", "device_removed"]).default("replaced"),
      count,
    }),
    z.strictObject({
      ...scope,
      kind: z.literal("failure"),
      code: code(["401", "402", "403", "405", "406", "409"]).default("401"),
      /** Seconds until a ban of 402 ends. */
      expire: z.number().int().min(1).max(100_000_000).optional(),
      /** What WhatsApp says to the person with a 403. */
      message: z.string().min(1).max(200).optional(),
      count,
    }),
    z.strictObject({
      ...scope,
      kind: z.literal("stream_refusal"),
      reason: z.enum(["ack", "xml-not-well-formed"]).default("ack"),
      count,
    }),
    z.strictObject({ ...scope, kind: z.literal("drop"), count }),
    z.strictObject({ ...scope, kind: z.literal("silence"), ms: ms.optional() }),
    z.strictObject({ ...scope, kind: z.literal("nack"), code: anyCode.default("463"), count }),
    z.strictObject({ ...scope, kind: z.literal("delay"), ms }),
    z.strictObject({
      kind: z.literal("certificate"),
      number: z.undefined().optional(),
      what: z.enum(["replayed", "expired"]),
      ms: ms.optional(),
    }),
    z.strictObject({ kind: z.literal("media"), number: z.undefined().optional(), ms: ms.optional() }),
    z.strictObject({ ...scope, kind: z.literal("corrupt"), count }),
    z.strictObject({ ...scope, kind: z.literal("passkey"), count }),
    z.strictObject({
      ...scope,
      kind: z.literal("companion_reg_refresh"),
      /** After the next scan, or at once, to every client that waits to be linked. */
      when: z.enum(["scan", "now"]).default("scan"),
      count,
    }),
    z.strictObject({ ...scope, kind: z.literal("refuse"), ms }),
    z.strictObject({ ...scope, kind: z.enum(["no_lid", "recipient_addresses", "late_devices"]), ms: ms.optional() }),
    z.strictObject({ kind: z.enum(["stale_groups", "new_lid"]), number: PhoneNumber }),
    z.strictObject({ kind: z.literal("time_lock"), number: PhoneNumber, ms, told: z.boolean().default(true) }),
    z.strictObject({
      kind: z.literal("no_keys"),
      number: PhoneNumber,
      device: z.number().int().min(0).max(98).default(1),
      code: code(["404", "406"]).default("406"),
    }),
    z.strictObject({ ...scope, kind: z.literal("offline_stall"), ms: ms.optional() }),
  ],
  { error: issue => (issue.code === "invalid_union" ? `kind must be ${KINDS}` : undefined) },
);
export type NewFault = z.infer<typeof NewFault>;

function numberToText(value: unknown): unknown {
  return typeof value === "number" ? String(value) : value;
}
