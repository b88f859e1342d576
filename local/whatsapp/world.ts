import type { Log } from "../../domain/log.ts";
import { Acquaintances } from "./acquaintances.ts";
import { AmbientMail } from "./ambient-mail.ts";
import { Chores } from "./chores.ts";
import { ClientVersions } from "./client-versions.ts";
import { Database } from "./database.ts";
import type { Faults } from "./faults.ts";
import { GroupKeys } from "./group-keys.ts";
import { Groups } from "./groups.ts";
import { LinkedDevices } from "./linked-devices.ts";
import { LiveConnections } from "./live-connections.ts";
import { LoginRecord } from "./login-record.ts";
import type { Media } from "./media.ts";
import { PastMessages } from "./past-messages.ts";
import { Phones } from "./phones.ts";
import { ReceivedMessages } from "./received-messages.ts";
import { RetryRequests } from "./retry-requests.ts";
import { SentMessages } from "./sent-messages.ts";
import { StanzaQueue } from "./stanza-queue.ts";
import { TrafficStats } from "./traffic-stats.ts";

/** Everything that the parts of the simulated WhatsApp share: what is kept, who is connected, what is broken on purpose. */
export interface World {
  readonly database: Database;
  readonly phones: Phones;
  readonly devices: LinkedDevices;
  readonly groups: Groups;
  readonly groupKeys: GroupKeys;
  readonly acquaintances: Acquaintances;
  readonly queue: StanzaQueue;
  readonly received: ReceivedMessages;
  readonly sent: SentMessages;
  readonly past: PastMessages;
  readonly retries: RetryRequests;
  readonly chores: Chores;
  readonly faults: Faults;
  readonly ambient: AmbientMail;
  readonly stats: TrafficStats;
  readonly live: LiveConnections;
  readonly logins: LoginRecord;
  readonly versions: ClientVersions;
  readonly media: Media;
  readonly log: Log;
  readonly now: () => number;
}

export function openWorld(dataDir: string, parts: Pick<World, "media" | "faults" | "log" | "now">): World {
  const database = new Database(dataDir);
  return {
    database,
    phones: new Phones(database),
    devices: new LinkedDevices(database),
    groups: new Groups(database),
    groupKeys: new GroupKeys(),
    acquaintances: new Acquaintances(database),
    queue: new StanzaQueue(database),
    received: new ReceivedMessages(database),
    sent: new SentMessages(database),
    past: new PastMessages(database),
    retries: new RetryRequests(database),
    chores: new Chores(database),
    ambient: new AmbientMail(),
    stats: new TrafficStats(),
    live: new LiveConnections(),
    logins: new LoginRecord(),
    versions: new ClientVersions(),
    ...parts,
  };
}
