import { isoTime, type Now } from "../domain/clock.ts";
import type { Db } from "../domain/dynamodb/db.ts";
import { changedGroup, contentOf, groupUpdate, isTold, keptGroup } from "../domain/group/change.ts";
import { GroupPerson, type GroupSnapshot, isSamePerson, type StoredGroup } from "../domain/group/group.ts";
import { eraseGroups, findGroup, groupsSeen, keptGroups, noteGroupsSeen } from "../domain/group/store.ts";
import type { Jid } from "../domain/jid.ts";
import type { Log } from "../domain/log.ts";
import type { Session } from "../domain/session/session.ts";
import type { Hold } from "./hold.ts";
import type { LiveSocket } from "./live-socket.ts";
import { persist } from "./persist.ts";
import type { SessionLedger } from "./session-ledger.ts";
import type { GroupNotice } from "./whatsapp-port.ts";

export interface GroupsOptions {
  readonly db: Db<"chats">;
  readonly hold: Hold;
  readonly ledger: SessionLedger;
  readonly now: Now;
  readonly random: () => number;
  readonly log: Log;
}

/** WhatsApp tells of every change, also of those while a session was away: asking for all is for what that missed. */
const seenAgainAfterMs = 24 * 3_600_000;
const waitingMax = 1_000;

/**
 * Keeps a session's groups as WhatsApp tells of them: all of them when it is linked and once a day, and each change as
 * it happens, one after the other.
 */
export class Groups {
  readonly #options: GroupsOptions;
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(options: GroupsOptions) {
    this.#options = options;
  }

  /** Resolves when a change is stored; rejects where it was not and will not be under this hold. */
  take(notice: GroupNotice, gone: AbortSignal): Promise<void> {
    return this.#inOrder("group change", gone, () => this.#change(notice));
  }

  /** Asks for all groups where that was not done for this phone lately, or `anew`. */
  async see({ socket, gone }: LiveSocket, anew = false): Promise<void> {
    try {
      await this.#inOrder("groups", gone, () => this.#see(socket, anew));
    } catch (error) {
      const { hold, log } = this.#options;
      if (!gone.aborted && !hold.signal.aborted) log.error("groups not seen", { error });
    }
  }

  async settled(): Promise<void> {
    await this.#last;
  }

  #inOrder(what: string, gone: AbortSignal, work: () => Promise<void>): Promise<void> {
    const { hold, log, random } = this.#options;
    if (this.#waiting >= waitingMax) return Promise.reject(new Error("groups change faster than they are stored"));
    this.#waiting++;
    const signal = AbortSignal.any([gone, hold.signal]);
    const done = this.#last.then(() => persist(what, work, { signal, log, random })).finally(() => this.#waiting--);
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #change(notice: GroupNotice): Promise<void> {
    const { db, ledger, log } = this.#options;
    const session = await ledger.session();
    const before = session && (await findGroup(db, session, notice.group));
    if (session === undefined || isTold(before, notice.id)) return;
    const snapshot = await this.#after(session, before, notice);
    // Removed from a group that was never seen: there is nothing to tell of.
    if (snapshot === undefined) return;
    const { change, by } = notice;
    const at = isoTime(this.#options.now());
    const after = keptGroup(before, { snapshot, self: selfOf(session), cause: notice.id, at });
    const told = { data: groupUpdate(after, change, by), cause: [notice.group, notice.id] };
    if (!(await ledger.group({ before, after, told }))) throw new Error("the group was written to in between");
    log.info("group changed", { change: change.kind, size: after.participants.length });
  }

  /** The group after a change; of one that is not known, or that the session comes into only now, WhatsApp is asked. */
  async #after(session: Session, before: StoredGroup | undefined, { change, whole }: GroupNotice) {
    const self = selfOf(session);
    const comesIn =
      change.kind === "participants_added" && change.participants.some(person => self && isSamePerson(person, self));
    if (before !== undefined && !comesIn && change.kind !== "created") return changedGroup(before, change);
    return (await whole()) ?? (before && changedGroup(before, change));
  }

  async #see(socket: LiveSocket["socket"], anew: boolean): Promise<void> {
    const { db, ledger, hold, now, log } = this.#options;
    const session = await ledger.session();
    const self = session && selfOf(session);
    if (session === undefined || self === undefined || self === null) return;
    const seen = await groupsSeen(db, session);
    const isOther = seen !== undefined && seen.self !== self.jid;
    if (seen && !isOther && !anew && now() - Date.parse(seen.at) < seenAgainAfterMs) return;
    const askedAt = isoTime(now());
    const snapshots = await socket.groups();
    hold.check();
    if (isOther) await eraseGroups(db, session);
    for (const snapshot of snapshots) await this.#keep(snapshot, self, askedAt);
    const gone = new Set<Jid>(await keptGroups(db, session));
    for (const { id } of snapshots) gone.delete(id);
    for (const id of gone) await this.#leave(session, id, self, askedAt);
    hold.check();
    await noteGroupsSeen(db, session, { self: self.jid, at: askedAt });
    log.info("groups seen", { groups: snapshots.length, left: gone.size });
  }

  /** What was told of a group since it was asked for is newer than the answer. */
  async #keep(snapshot: GroupSnapshot, self: GroupPerson, askedAt: string): Promise<void> {
    const { db, ledger } = this.#options;
    const before = await findGroup(db, ledger.ref, snapshot.id);
    if (before !== undefined && before.updatedAt >= askedAt) return;
    const after = keptGroup(before, { snapshot, self, cause: undefined, at: askedAt });
    const content = contentOf(after, after.isMember);
    if (before !== undefined && contentOf(before, before.isMember) === content) return;
    const data = groupUpdate(after, { kind: "resynced" }, null);
    const told =
      before === undefined ? undefined : { data, cause: [snapshot.id, "resynced", content, before.updatedAt] };
    if (!(await ledger.group({ before, after, told }))) throw new Error("the group was written to in between");
  }

  async #leave(session: Session, id: Jid, self: GroupPerson, askedAt: string): Promise<void> {
    const before = await findGroup(this.#options.db, session, id);
    if (before === undefined || !before.isMember) return;
    const participants = before.participants.filter(person => !isSamePerson(person, self));
    await this.#keep({ ...before, participants }, self, askedAt);
  }
}

function selfOf({ phone }: Pick<Session, "phone">): GroupPerson | null {
  return phone && GroupPerson.parse(phone);
}
