import * as z from "zod";

/** A key attribute; every key of every table is a string. */
export interface TableShape {
  /** Who reads and writes it, and what its keys look like. */
  readonly holds: string;
  readonly indexes: Readonly<Record<string, IndexShape>>;
  /** Whether items carry `ttl`, epoch seconds after which DynamoDB may delete them. */
  readonly expires: boolean;
}

export interface IndexShape {
  readonly partitionKey: string;
  readonly sortKey?: string;
  readonly projection: "ALL" | "KEYS_ONLY";
}

/** How many tags a contact may have: as many indexes find contacts by tag, one for each place a tag may stand at. */
export const contactTagsMax = 10;

function tagIndexes(): Record<string, IndexShape> {
  const places = Array.from({ length: contactTagsMax }, (_, place) => place);
  const shape = (place: number) =>
    ({ partitionKey: `tag${place}`, sortKey: "listKey", projection: "KEYS_ONLY" }) as const;
  return Object.fromEntries(places.map(place => [`byTag${place}`, shape(place)]));
}

/**
 * The one list of tables. Every table has the string keys `pk` and `sk`; an index names its own attributes, and an
 * item without them is not in it (a sparse index). Cardinal rule: what belongs to a tenant starts its `pk` with the
 * tenant's id; the exceptions are what is looked up before a tenant is known (an API key) and indexes by shard.
 */
export const tables = {
  accounts: {
    holds:
      "tenants (tenant id / `tenant`), API keys (key id / `key`), how many gateway keys (`gateway-keys` / `count`); byOwner lists tenants, and keys of a tenant",
    indexes: { byOwner: { partitionKey: "ownerPk", sortKey: "ownerSk", projection: "ALL" } },
    expires: false,
  },
  rate_windows: {
    holds: "requests counted: tenant id / minute, tenant # `requests` / month",
    indexes: {},
    expires: true,
  },
  usage: {
    holds: "what a month came to: tenant id / month # session id, tenant id / month # `webhooks` # part",
    indexes: {},
    expires: true,
  },
  idempotency: { holds: "first answers: tenant id # route / idempotency key", indexes: {}, expires: true },
  sessions: {
    holds:
      "sessions (tenant id / session id), how many, and a changed retention (tenant id / `count`), counters (tenant # session / `counter#…`)",
    indexes: { byShard: { partitionKey: "shardPk", sortKey: "shardSk", projection: "KEYS_ONLY" } },
    expires: false,
  },
  messages: {
    holds:
      "messages (tenant # session # chat / message id) and pointers (tenant # session # wa # WhatsApp id / direction); byId finds the chat of a message",
    indexes: { byId: { partitionKey: "id", projection: "KEYS_ONLY" } },
    expires: true,
  },
  chats: {
    holds:
      "chats (tenant # session / `chat#` key), where messages are (… / `place#` key), their other names (… / `alias#` JID), groups (… / `group#` JID) and spellings of numbers (tenant # `numbers` / `number#` JID, which expire); byActivity lists a session's chats",
    indexes: { byActivity: { partitionKey: "listPk", sortKey: "activeAt", projection: "ALL" } },
    expires: true,
  },
  templates: { holds: "texts with variables: tenant id / template id", indexes: {}, expires: false },
  outbox: {
    holds: "what a session must do: tenant # session / lane # sequence; byShard finds the sessions with work",
    indexes: { byShard: { partitionKey: "shardPk", sortKey: "shardSk", projection: "KEYS_ONLY" } },
    expires: false,
  },
  events: {
    holds: "the event log: tenant # UTC day / milliseconds # event id",
    indexes: {
      byId: { partitionKey: "id", projection: "ALL" },
      unpublished: { partitionKey: "unpublishedPk", sortKey: "sk", projection: "KEYS_ONLY" },
    },
    expires: true,
  },
  webhooks: { holds: "customers' endpoints: tenant id / webhook id", indexes: {}, expires: false },
  deliveries: {
    holds:
      "deliveries with their attempts (tenant # webhook / delivery id), the endpoint's gate (… / `gate`) and who waits before it (… / `waiting#` time # delivery)",
    indexes: { due: { partitionKey: "duePk", sortKey: "dueSk", projection: "KEYS_ONLY" } },
    expires: true,
  },
  contacts: {
    holds: "contacts: tenant id / contact id, which is derived from the number; indexes by name, number and tag",
    indexes: {
      byName: { partitionKey: "pk", sortKey: "listKey", projection: "KEYS_ONLY" },
      byNumber: { partitionKey: "pk", sortKey: "digits", projection: "KEYS_ONLY" },
      ...tagIndexes(),
    },
    expires: false,
  },
  imports: {
    holds: "imports of contacts (tenant id / import id), their failed rows (tenant # import / number of the part)",
    indexes: {},
    expires: true,
  },
  paces: {
    holds:
      "how far a session's campaigns have come (tenant id / session id; due finds those to look at), chats that got one (tenant # session / `chat#` id # campaign id), first contacts of a day (tenant # session / `day#` date), what was last heard of wanting messages (tenant # session / `word#` chat id)",
    indexes: { due: { partitionKey: "duePk", sortKey: "dueSk", projection: "KEYS_ONLY" } },
    expires: true,
  },
  campaigns: {
    holds:
      "campaigns (tenant id / campaign id), what each says and its lists (tenant # campaign / `content`, `audience#…`); due finds what is to be begun or carried on",
    indexes: { due: { partitionKey: "duePk", sortKey: "dueSk", projection: "KEYS_ONLY" } },
    expires: false,
  },
  campaign_recipients: {
    holds:
      "recipients (tenant # campaign / position), who took a chat (tenant # campaign # `chats` / chat key) and a message (tenant # campaign # `messages` / message id); byTurn finds who is next",
    indexes: {
      byStatus: { partitionKey: "statusPk", sortKey: "sk", projection: "KEYS_ONLY" },
      byTurn: { partitionKey: "turnPk", sortKey: "sk", projection: "KEYS_ONLY" },
    },
    expires: false,
  },
  media: { holds: "files that customers upload: tenant id / media id", indexes: {}, expires: true },
  leases: { holds: "shard leases (`lease` / shard) and live hosts (`host` / host id)", indexes: {}, expires: true },
  keys: { holds: "Signal keys and the inbound journal: tenant # session / kind # id", indexes: {}, expires: false },
} as const satisfies Record<string, TableShape>;

export type TableId = keyof typeof tables;
/** Physical table names, by the tables a process was granted. */
export type TableNames<T extends TableId = TableId> = Readonly<Record<T, string>>;

type TableVariable<T extends TableId> = `TABLE_${Uppercase<T>}`;
type TableShapeOf<T extends TableId> = { [K in T as TableVariable<K>]: z.ZodString };

export function tableVariable<T extends TableId>(table: T): TableVariable<T>;
export function tableVariable(table: TableId): string {
  return `TABLE_${table.toUpperCase()}`;
}

/** The zod shape of the environment variables that name these tables, to spread into a function's environment. */
export function tableEnvironment<const T extends TableId>(ids: readonly T[]): TableShapeOf<T>;
export function tableEnvironment(ids: readonly TableId[]): Record<string, z.ZodString> {
  return Object.fromEntries(ids.map(id => [tableVariable(id), z.string().min(3)]));
}

/** The table names found in a parsed environment. Tables that the environment does not name are absent. */
export function tableNames<const T extends TableId>(
  ids: readonly T[],
  environment: Readonly<Record<TableVariable<T>, string>>,
): TableNames<T>;
export function tableNames(ids: readonly TableId[], environment: Readonly<Record<string, string>>) {
  return Object.fromEntries(ids.map(id => [id, environment[tableVariable(id)]]));
}
