import * as z from "zod";
import { type Id, idOf } from "../id.ts";
import { MediaKind } from "../media/kind.ts";
import { Metadata } from "../metadata.ts";
import { AudiencePlace, ShownAudience, StoredAudience, shownAudience } from "./audience.ts";
import type { CampaignContent, CampaignFile } from "./content.ts";
import { Pace, QuietHours } from "./pace.ts";

export const CampaignStatus = z
  .enum(["draft", "scheduled", "running", "paused", "completed", "cancelled"])
  .meta({ id: "CampaignStatus" });
export type CampaignStatus = z.infer<typeof CampaignStatus>;

/** Why a campaign stands still: its tenant wanted it to, or something that somebody has to look at before it goes on. */
export const PausedReason = z
  .enum([
    "requested",
    "restricted",
    "banned",
    "session_disconnected",
    "session_deleted",
    "repeated_failures",
    "audience_unreadable",
    "audience_too_large",
  ])
  .meta({ id: "PausedReason" });
export type PausedReason = z.infer<typeof PausedReason>;

/** Why a running campaign sends nothing for now, and goes on by itself. */
export const WaitReason = z
  .enum(["quiet_hours", "first_contacts", "session_not_connected", "session_restricted"])
  .meta({ id: "WaitReason" });
export type WaitReason = z.infer<typeof WaitReason>;

const CampaignWait = z.object({ reason: WaitReason, until: z.iso.datetime().nullable() }).nullable().meta({
  description:
    "What a running campaign waits for before it goes on by itself: the end of its quiet hours, a new UTC day with room for people the session never wrote with (the session's firstContactsPerDay), or its session to reconnect. Null where it is being sent at its pace.",
});

const Count = z.int().min(0);

const CampaignStats = z
  .object({
    total: Count,
    pending: Count,
    queued: Count,
    sent: Count,
    delivered: Count,
    read: Count,
    failed: Count,
    skipped: Count,
  })
  .meta({
    id: "CampaignStats",
    description:
      "How many recipients stand where: the statuses exclude one another and add up to total. All are 0 until the campaign starts.",
  });
type CampaignStats = z.infer<typeof CampaignStats>;

const noStats: CampaignStats = {
  total: 0,
  pending: 0,
  queued: 0,
  sent: 0,
  delivered: 0,
  read: 0,
  failed: 0,
  skipped: 0,
};

const ShownMedia = z
  .object({
    type: MediaKind,
    url: z.url().nullable(),
    mediaId: idOf("med").nullable(),
    caption: z.string().nullable(),
    filename: z.string().nullable(),
  })
  .meta({ id: "CampaignMedia" });

/** What a campaign says and whom it is for stand in rows of their own; this is what changes while it runs. */
const shape = {
  id: idOf("cmp"),
  name: z.string(),
  sessionId: idOf("ses"),
  pace: Pace,
  quietHours: QuietHours.nullable(),
  scheduledAt: z.iso.datetime().nullable(),
  metadata: Metadata,
  status: CampaignStatus,
  pausedReason: PausedReason.nullable(),
  stats: CampaignStats,
  replied: Count,
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
  startedAt: z.iso.datetime().nullable(),
  finishedAt: z.iso.datetime().nullable(),
};

/** A campaign as customers see it. */
export const Campaign = z
  .object({
    ...shape,
    text: z.string().nullable(),
    template: z
      .object({ id: idOf("tpl"), variables: z.record(z.string(), z.string()) })
      .nullable()
      .meta({ description: "Its text is copied when the campaign starts; what happens to it later changes nothing." }),
    media: ShownMedia.nullable(),
    audience: ShownAudience,
    pausedReason: shape.pausedReason.meta({
      description:
        "requested: by /pause. restricted: WhatsApp refused a message with 403. banned, session_disconnected, session_deleted: what became of the session. repeated_failures: five messages failed one after the other. audience_unreadable, audience_too_large: nothing was sent, since the audience could not be read to its end, or names more than 100,000. None of these ends by itself: a person looks at it, and resumes or cancels.",
    }),
    waiting: CampaignWait,
    replied: Count.meta({ description: "Recipients who wrote within 30 days; each counts once." }),
    finishedAt: shape.finishedAt.meta({ description: "When it was completed or cancelled." }),
  })
  .meta({
    id: "Campaign",
    description:
      "status: draft and scheduled can be changed and started; running can be paused; paused can be resumed; all four can be cancelled. It is completed once every recipient is sent, failed or skipped; that and cancelled are final.",
    examples: [
      {
        id: "cmp_01JD3Z8QK6W7P9V2M4N5X0T1RB",
        name: "Spring sale",
        sessionId: "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
        text: "Hello {{name}}, our sale begins today.",
        template: null,
        media: null,
        audience: { tags: ["vip"] },
        pace: { messagesPerMinute: 10, jitter: 0.5 },
        quietHours: { start: "21:00", end: "08:00", timeZone: "America/Sao_Paulo" },
        scheduledAt: null,
        metadata: {},
        status: "running",
        pausedReason: null,
        waiting: null,
        stats: { total: 100, pending: 78, queued: 1, sent: 2, delivered: 8, read: 9, failed: 1, skipped: 1 },
        replied: 3,
        createdAt: "2026-11-22T08:00:00.000Z",
        updatedAt: "2026-11-22T09:00:00.000Z",
        startedAt: "2026-11-22T09:00:00.000Z",
        finishedAt: null,
      },
    ],
  });
export type Campaign = z.infer<typeof Campaign>;

/** A campaign as it is stored. */
export const StoredCampaign = z.object({
  ...shape,
  tenantId: idOf("ten"),
  audience: StoredAudience,
  /** Counts what is done to it from outside, each change of status among it; not the progress of its recipients. */
  revision: z.int().min(1),
  /** Whether all its recipients are made, so that it can be sent. */
  materialised: z.boolean(),
  /** How many recipients are made, and where in the audience the next one stands. */
  materialising: z.object({ position: z.int().min(0), place: AudiencePlace.nullable() }),
  /** Messages that have failed since one was last sent, or since it was resumed. */
  failuresInRow: Count.default(0),
  /** The last requests that changed its status: one that comes again, its answer having been lost, is not refused. */
  changedFor: z.array(z.string()).default([]),
  /** Set when it is deleted: nobody sees it any more, and its rows are being erased. */
  deletedAt: z.iso.datetime().nullable(),
});
export type StoredCampaign = z.infer<typeof StoredCampaign>;
export type CampaignRef = { readonly tenantId: Id<"ten">; readonly id: Id<"cmp"> };

/** What a client may set of a campaign, besides what it says and whom it is for. */
export type CampaignSettings = Pick<
  StoredCampaign,
  "name" | "sessionId" | "audience" | "pace" | "quietHours" | "scheduledAt" | "metadata"
>;

export function newCampaign(ref: CampaignRef, settings: CampaignSettings, at: string): StoredCampaign {
  return {
    ...settings,
    id: ref.id,
    tenantId: ref.tenantId,
    status: settings.scheduledAt === null ? "draft" : "scheduled",
    pausedReason: null,
    stats: noStats,
    replied: 0,
    revision: 1,
    materialised: false,
    materialising: { position: 0, place: null },
    failuresInRow: 0,
    changedFor: [],
    deletedAt: null,
    createdAt: at,
    updatedAt: at,
    startedAt: null,
    finishedAt: null,
  };
}

/** The campaign as the API and the events give it; `waiting` is known of one that has run for a while. */
export function publicCampaign(
  stored: StoredCampaign,
  content: CampaignContent,
  waiting: Campaign["waiting"] = null,
): Campaign {
  const { body, template, media } = content;
  return Campaign.parse({
    ...stored,
    waiting,
    audience: shownAudience(stored.audience),
    text: template === null && media === null ? body : null,
    template,
    media: template === null && media !== null ? shownMedia(media, body) : null,
  });
}

function shownMedia({ type, mediaId, filename, file }: CampaignFile, caption: string): z.input<typeof ShownMedia> {
  const url = file.at === "url" ? file.url : null;
  return { type, url, mediaId, filename, caption: caption === "" ? null : caption };
}
