/** A message that the API accepted, in the order of acceptance within its chat and priority. */
export interface Accepted {
  readonly messageId: string;
  readonly waMessageId: string;
  readonly sessionId: string;
  readonly chatId: string;
  /** The number of the phone it goes to. */
  readonly to: string;
  readonly priority: string;
  readonly text: string;
  readonly atMs: number;
}

/** A message that a person wrote on a phone to a session, in the order of writing within their chat. */
export interface Spoken {
  readonly waMessageId: string;
  readonly from: string;
  readonly sessionId: string;
  readonly text: string;
  /** Whether it is a file, with the text as its caption: one is told of once the file is there. */
  readonly isFile: boolean;
  readonly atMs: number;
}

/** A message as a phone has it, its text or its caption; `seq` is its order of arrival. */
export interface OnPhone {
  readonly number: string;
  readonly seq: number;
  readonly id: string;
  readonly text: string | null;
}

export interface LoggedEvent {
  readonly id: string;
  readonly type: string;
  readonly sessionId: string | null;
  readonly sequence: number;
  readonly createdAt: string;
  /** Of a message event, the message's id, its WhatsApp id and its text. */
  readonly messageId: string | undefined;
  readonly waMessageId: string | undefined;
  readonly text: string | undefined;
}

/** A message as the REST API shows it at the end, its text or its caption. */
export interface Stored {
  readonly id: string;
  readonly sessionId: string;
  readonly chatId: string;
  readonly waMessageId: string;
  readonly direction: string;
  readonly status: string;
  readonly text: string | null;
  /** Of a message with a file, what became of that. */
  readonly file: string | null;
}

interface LoggedIn {
  readonly at: string;
  readonly number: string;
  readonly device: number;
  readonly replaced: boolean;
}

/** A host's connection of a session came into a phase. */
export interface PhaseChange {
  readonly atMs: number;
  readonly hostId: string;
  readonly sessionId: string;
  readonly to: string;
}

/** A host began to put a message on the wire, on which it heard WhatsApp's word later. */
export interface WireSend {
  readonly atMs: number;
  readonly hostId: string;
  readonly sessionId: string;
  readonly messageId: string;
  readonly epoch: number;
}

/** A host process that could not run: stopped by the schedule, or any of them (undefined), starved by the machine. */
export interface Standstill {
  readonly hostId: string | undefined;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Somebody else wrote the lease of these sessions' shard, under whoever held it. */
export interface LeaseEdited {
  readonly atMs: number;
  readonly sessionIds: readonly string[];
}

/** A write of an item of the key table that took effect; version null: it was deleted, undefined: it does not say. */
export interface KeyWrite {
  readonly pk: string;
  readonly sk: string;
  readonly version: number | null | undefined;
  readonly epoch: number | null;
}

export interface Injected {
  readonly atMs: number;
  readonly what: string;
}

/** Everything that was seen of one run, from outside the product. */
export interface History {
  readonly sessions: readonly { readonly id: string; readonly number: string; readonly linkedAtMs: number }[];
  readonly accepted: readonly Accepted[];
  readonly spoken: readonly Spoken[];
  readonly phones: readonly OnPhone[];
  readonly stored: readonly Stored[];
  /** The log as it was read by cursor while things went on. */
  readonly read: readonly LoggedEvent[];
  /** The log read from its beginning when all was quiet. */
  readonly log: readonly LoggedEvent[];
  /** What the customer's endpoint got: the webhook-id and the body's own words. */
  readonly webhooks: readonly LoggedEvent[];
  readonly logins: readonly LoggedIn[];
  readonly phases: readonly PhaseChange[];
  readonly sends: readonly WireSend[];
  readonly standstills: readonly Standstill[];
  readonly leaseEdits: readonly LeaseEdited[];
  readonly keyWrites: readonly KeyWrite[];
  /** The sessions whose inbound messages were spoilt on the way, which a resend mends out of order. */
  readonly spoilt: ReadonlySet<string>;
  readonly injected: readonly Injected[];
}

/** A promise that was not kept. */
export interface Violation {
  readonly rule: string;
  readonly what: string;
  readonly sessionId?: string | undefined;
  readonly messageId?: string | undefined;
}
