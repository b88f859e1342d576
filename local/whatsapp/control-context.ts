import type { Disconnects } from "./disconnects.ts";
import type { GroupChanges } from "./group-changes.ts";
import type { Linking } from "./linking.ts";
import type { Pairing } from "./pairing.ts";
import type { PhoneChores } from "./phone-chores.ts";
import type { PhoneInbox } from "./phone-inbox.ts";
import type { PhoneOutbox } from "./phone-outbox.ts";
import type { PostOffice } from "./post-office.ts";
import type { Receipts } from "./receipts.ts";
import type { World } from "./world.ts";

/** A process that holds sockets, as whoever runs it knows it. */
export interface SocketHost {
  readonly id: string;
  readonly pid: number;
}

export interface ControlContext {
  readonly world: World;
  readonly pairing: Pairing;
  readonly linking: Linking;
  readonly postOffice: PostOffice;
  readonly groupChanges: GroupChanges;
  readonly outbox: PhoneOutbox;
  readonly inbox: PhoneInbox;
  readonly receipts: Receipts;
  readonly chores: PhoneChores;
  readonly disconnects: Disconnects;
  readonly hosts: () => readonly SocketHost[];
}
