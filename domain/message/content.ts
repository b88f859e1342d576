import * as z from "zod";
import { Person } from "../jid.ts";

/*
 * What a message holds besides words and files. The bounds keep a message well below what one event may weigh (256 KB
 * for SNS), whatever its sender put in: what is longer is cut, and what would be useless when cut is left out.
 */

export const placeNameMax = 1_000;

export const Location = z
  .object({
    latitude: z.number(),
    longitude: z.number(),
    name: z.string().max(placeNameMax).nullable(),
    address: z.string().max(placeNameMax).nullable(),
    url: z.string().max(placeNameMax).nullable(),
    live: z.boolean().meta({
      description: "Whether it is the start of a shared live location. Only where it began is known.",
    }),
  })
  .meta({ id: "Location" });
export type Location = z.infer<typeof Location>;

export const cardsMax = 100;
export const cardNameMax = 200;
export const cardPhonesMax = 10;
export const cardPhoneMax = 40;
/** A card with a photo is much longer, and of no use when cut. */
export const vcardMax = 4_096;
/** All cards of one message together. */
export const vcardsMax = 65_536;

export const SharedContact = z
  .object({
    name: z.string().max(cardNameMax).nullable(),
    phones: z.array(z.string().max(cardPhoneMax)).max(cardPhonesMax),
    vcard: z.string().max(vcardMax).nullable().meta({
      description: "The card as it was sent; null where it is over 4,096 characters, a photo in it as a rule.",
    }),
  })
  .meta({ id: "SharedContact" });
export type SharedContact = z.infer<typeof SharedContact>;

export const questionMax = 1_000;
export const optionMax = 300;
export const optionsMax = 30;

export const Poll = z
  .object({
    question: z.string().max(questionMax),
    options: z.array(z.string().max(optionMax)).max(optionsMax),
    selectableCount: z.int().min(0).meta({ description: "How many options one person may choose; 0: any number." }),
  })
  .meta({ id: "Poll" });
export type Poll = z.infer<typeof Poll>;

export const descriptionMax = 4_096;

/** Who voted for what in a poll: the last vote of each person. */
export const pollVotersMax = 1_024;
export const PollVote = z.object({ voter: Person.nullable(), options: z.array(z.string()).max(optionsMax) });
export type PollVote = z.infer<typeof PollVote>;

const PollResult = z.object({ option: z.string(), votes: z.int().min(0) });
export const PollWithResults = Poll.extend({
  results: z.array(PollResult).max(optionsMax).default([]).meta({
    description: "How many people chose each option, as far as this session saw; empty before the first vote.",
  }),
}).meta({ id: "PollWithResults" });

/** Something that people are invited to. */
export const PlannedEvent = z
  .object({
    name: z.string().max(questionMax),
    description: z.string().max(descriptionMax).nullable(),
    startsAt: z.iso.datetime().nullable(),
    endsAt: z.iso.datetime().nullable(),
    location: Location.nullable(),
    joinLink: z.string().max(placeNameMax).nullable(),
    cancelled: z.boolean(),
  })
  .meta({ id: "PlannedEvent" });
export type PlannedEvent = z.infer<typeof PlannedEvent>;

/** The ad or post that a person came from with a message, as WhatsApp tells it. */
export const Referral = z
  .object({
    sourceUrl: z.string().max(placeNameMax).nullable(),
    sourceId: z.string().max(placeNameMax).nullable(),
    sourceType: z.string().max(placeNameMax).nullable().meta({ description: "`ad` or `post`, as WhatsApp says it." }),
    headline: z.string().max(placeNameMax).nullable(),
    body: z.string().max(placeNameMax).nullable(),
    ctwaClid: z.string().max(placeNameMax).nullable().meta({
      description: "The click id of a Click-to-WhatsApp ad, for reporting a conversion.",
    }),
  })
  .meta({ id: "Referral" });
export type Referral = z.infer<typeof Referral>;

/** What a person chose of the buttons or the list of an earlier message. */
export const Choice = z
  .object({ id: z.string().max(placeNameMax).nullable(), title: z.string().max(placeNameMax).nullable() })
  .meta({ id: "Choice" });
export type Choice = z.infer<typeof Choice>;
