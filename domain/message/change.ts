import { DomainError } from "../error.ts";
import { type Person, samePerson } from "../jid.ts";
import type { MessageChange } from "../outbox/outbox.ts";
import { type PollVote, pollVotersMax } from "./content.ts";
import type { MessageError, StoredMessage } from "./message.ts";

/** What may become of a message that is there: what a customer asks for, and what only others do. */
export type SeenChange = MessageChange | { readonly kind: "vote"; readonly options: readonly string[] };

/** What was asked for cannot be done to this message. */
class ChangeRefused extends DomainError {
  override readonly name = "ChangeRefused";
  constructor(message: string) {
    super("invalid_transition", message);
  }
}

/**
 * Throws where a change makes no sense: WhatsApp lets one edit and delete what one wrote oneself, and mark read what
 * others wrote.
 */
export function requireChangeable(message: StoredMessage, change: MessageChange): void {
  const own = message.direction === "outbound";
  if (message.status === "failed") throw new ChangeRefused("The message was never sent.");
  if (change.kind === "read" && own) throw new ChangeRefused("Only messages that came in can be marked read.");
  if (change.kind === "revoke" && !own) throw new ChangeRefused("Only messages that this session sent can be deleted.");
  if (change.kind === "edit" && (!own || message.type !== "text")) {
    throw new ChangeRefused("Only texts that this session sent can be edited.");
  }
  const gone = (message.deletedAt ?? null) !== null;
  if (gone && (change.kind === "edit" || change.kind === "reaction")) {
    throw new ChangeRefused("The message was deleted.");
  }
}

/** Whether a message is already what the change would make of it. */
export function isChanged(message: StoredMessage, change: SeenChange): boolean {
  if (change.kind === "read") return message.status === "read";
  return change.kind === "revoke" && (message.deletedAt ?? null) !== null;
}

/** Whether a change of it can be left out: it is so already, or the message has been deleted. */
export function isMeaningless(message: StoredMessage, change: SeenChange): boolean {
  const gone = (message.deletedAt ?? null) !== null;
  return isChanged(message, change) || (gone && change.kind !== "read");
}

/** A message after a change by a person (null: the session's own, whose name is not known) at a time. */
export function changedMessage(
  message: StoredMessage,
  change: SeenChange,
  by: Person | null,
  at: string,
): StoredMessage {
  return { ...changed(message, change, by, at), changeError: null };
}

const changeNames = { reaction: "reaction", edit: "edit", revoke: "delete", read: "read" } as const;

/** A message after a change that failed: as it was, but saying so. */
export function unchangedMessage(
  message: StoredMessage,
  { kind }: MessageChange,
  error: MessageError,
  at: string,
): StoredMessage {
  return { ...message, changeError: { ...error, change: changeNames[kind], at }, updatedAt: at };
}

function changed(message: StoredMessage, change: SeenChange, by: Person | null, at: string): StoredMessage {
  switch (change.kind) {
    case "reaction": {
      const others = (message.reactions ?? []).filter(({ from }) => !samePerson(from, by));
      const own = change.emoji === "" ? [] : [{ emoji: change.emoji, from: by, at }];
      return { ...message, reactions: [...others, ...own], updatedAt: at };
    }
    case "edit":
      return { ...message, ...saying(message, change.text), editedAt: at, updatedAt: at };
    case "revoke": {
      const { payload: _said, ...rest } = message;
      const unsaid = { text: null, media: null, location: null, contacts: null, poll: null, event: null, choice: null };
      return { ...rest, ...unsaid, reactions: [], deletedAt: at, updatedAt: at };
    }
    case "vote":
      return { ...message, ...voted(message, { voter: by, options: [...change.options] }), updatedAt: at };
    case "read":
      return { ...message, status: "read", timeline: [...message.timeline, { status: "read", at }], updatedAt: at };
    default:
      return change satisfies never;
  }
}

/** A later vote of a person takes the place of the earlier one; one for nothing takes it back. */
function voted({ poll, pollVotes = [] }: StoredMessage, vote: PollVote): Pick<StoredMessage, "poll" | "pollVotes"> {
  if (!poll) return {};
  const others = pollVotes.filter(({ voter }) => !samePerson(voter, vote.voter));
  const votes = (vote.options.length === 0 ? others : [...others, vote]).slice(-pollVotersMax);
  const countOf = (option: string) => votes.filter(({ options }) => options.includes(option)).length;
  const results = poll.options.map(option => ({ option, votes: countOf(option) }));
  return { poll: { ...poll, results }, pollVotes: votes };
}

/** What is edited of a message with a file is its caption. */
function saying({ media }: StoredMessage, text: string): Pick<StoredMessage, "text"> | Pick<StoredMessage, "media"> {
  return media === null ? { text } : { media: { ...media, caption: text } };
}

/** What an event about a change is called. */
export function eventOfChange({ kind }: SeenChange) {
  const types = {
    reaction: "message.reaction",
    edit: "message.edited",
    revoke: "message.deleted",
    read: "message.read",
    vote: "message.poll_vote",
  } as const;
  return types[kind];
}
