import { randomBytes } from "node:crypto";
import { DevicesWithoutKeys } from "./devices-without-keys.ts";
import { StaleGroups } from "./stale-groups.ts";
import { TimeLocks } from "./time-locks.ts";

/** What cuts a connection: at once where the phone's devices are connected, else at the next login. */
export type Disconnect =
  | { readonly kind: "stream_error"; readonly code: string }
  | { readonly kind: "conflict"; readonly code: "replaced" | "device_removed" }
  | {
      readonly kind: "failure";
      readonly code: string;
      readonly expire?: number | undefined;
      readonly message?: string | undefined;
    }
  | { readonly kind: "stream_refusal"; readonly reason: "ack" | "xml-not-well-formed" }
  | { readonly kind: "drop" };

/** What spoils the next so many messages. */
export type Spoiler =
  | { readonly kind: "nack"; readonly code: string }
  | { readonly kind: "corrupt" | "passkey" | "companion_reg_refresh" };

/** What lasts until it is cleared or, where `ms` bounds it, over. */
export type Condition =
  | {
      readonly kind:
        | "silence"
        | "refuse"
        | "media"
        | "no_lid"
        | "recipient_addresses"
        | "late_devices"
        | "offline_stall";
    }
  | { readonly kind: "certificate"; readonly what: CertificateFault }
  | { readonly kind: "delay"; readonly ms: number };

/** A genuine chain shown with another key, or a leaf that has expired. */
export type CertificateFault = "replayed" | "expired";

interface Scope {
  readonly id: string;
  /** The one phone that it is about; everybody's where it is undefined. */
  readonly number: string | undefined;
}
type Counted<T> = Scope & { readonly what: T; left: number };
type Lasting = Scope & { readonly what: Condition; readonly timer: NodeJS.Timeout | undefined };

/** The faults that were asked for and are not used up yet. They live in memory only: a restart is without faults. */
export class Faults {
  #disconnects: Counted<Disconnect>[] = [];
  #spoilers: Counted<Spoiler>[] = [];
  #conditions: Lasting[] = [];
  readonly withoutKeys = new DevicesWithoutKeys();
  readonly staleGroups = new StaleGroups();
  readonly timeLocks = new TimeLocks();
  /** Called when a condition ends, so that what it held back can go on. */
  onLifted: () => void = () => {};

  /** Arms a disconnect for the next `count` logins. */
  armDisconnect(what: Disconnect, number: string | undefined, count: number): string {
    const id = faultId();
    if (count > 0) this.#disconnects.push({ id, number, what, left: count });
    return id;
  }

  armSpoiler(what: Spoiler, number: string | undefined, count: number): string {
    const id = faultId();
    this.#spoilers.push({ id, number, what, left: count });
    return id;
  }

  /** Begins a condition, which ends by itself after `forMs` where that is given. */
  begin(what: Condition, number: string | undefined, forMs: number | undefined): string {
    const id = faultId();
    const timer = forMs === undefined ? undefined : setTimeout(() => this.#end(id), forMs);
    this.#conditions.push({ id, number, what, timer });
    return id;
  }

  clear(): void {
    for (const { timer } of this.#conditions) clearTimeout(timer);
    this.#disconnects = [];
    this.#spoilers = [];
    this.#conditions = [];
    this.withoutKeys.clear();
    this.staleGroups.clear();
    this.timeLocks.clear();
    this.onLifted();
  }

  /** The disconnect that waits for a login of this phone, used up once. */
  takeDisconnect(number: string): Disconnect | undefined {
    const fault = this.#disconnects.find(armed => isAbout(armed, number));
    if (fault) this.#disconnects = useUp(this.#disconnects, fault);
    return fault?.what;
  }

  /** The code with which the next message of this phone's companions is refused, used up once. */
  takeNack(number: string): string | undefined {
    const what = this.#takeSpoiler("nack", number);
    return what?.kind === "nack" ? what.code : undefined;
  }

  /** Whether the next message to this phone's companions must arrive broken, used up once. */
  takeCorruption(number: string): boolean {
    return this.#takeSpoiler("corrupt", number) !== undefined;
  }

  /** Whether the next linking by this phone must ask for a passkey, used up once. */
  takePasskey(number: string): boolean {
    return this.#takeSpoiler("passkey", number) !== undefined;
  }

  /** Whether the next scan by this phone must have the client make a new secret, used up once. */
  takeRegistrationRefresh(number: string): boolean {
    return this.#takeSpoiler("companion_reg_refresh", number) !== undefined;
  }

  /** Before a login nobody knows whose connection it is: then only what concerns everybody holds. */
  isSilent(number: string | undefined): boolean {
    return this.#lasts("silence", number) !== undefined;
  }

  refusesConnections(number: string | undefined): boolean {
    return this.#lasts("refuse", number) !== undefined;
  }

  /** Whether nobody is told the phone's LID. */
  hidesLid(number: string): boolean {
    return this.#lasts("no_lid", number) !== undefined;
  }

  /** Whether the recipient's account decides how a message to it is addressed, and not the sender's. */
  recipientDecides(number: string): boolean {
    return this.#lasts("recipient_addresses", number) !== undefined;
  }

  /** Whether nobody is told of the phone's new devices. */
  hidesDevices(number: string): boolean {
    return this.#lasts("late_devices", number) !== undefined;
  }

  /** Whether the media host is out of order. */
  get refusesDownloads(): boolean {
    return this.#lasts("media", undefined) !== undefined;
  }

  /** Whether the offline queue stands still: no more windows, and no end. */
  stallsOfflineMail(number: string | undefined): boolean {
    return this.#lasts("offline_stall", number) !== undefined;
  }

  /** What is wrong with the certificates that the server shows. */
  get certificateFault(): CertificateFault | undefined {
    const what = this.#lasts("certificate", undefined);
    return what?.kind === "certificate" ? what.what : undefined;
  }

  answerDelayMs(number: string | undefined): number {
    const what = this.#lasts("delay", number);
    return what?.kind === "delay" ? what.ms : 0;
  }

  #takeSpoiler(kind: Spoiler["kind"], number: string): Spoiler | undefined {
    const fault = this.#spoilers.find(armed => armed.what.kind === kind && isAbout(armed, number));
    if (fault) this.#spoilers = useUp(this.#spoilers, fault);
    return fault?.what;
  }

  #lasts(kind: Condition["kind"], number: string | undefined): Condition | undefined {
    return this.#conditions.find(condition => condition.what.kind === kind && isAbout(condition, number))?.what;
  }

  #end(id: string): void {
    this.#conditions = this.#conditions.filter(condition => condition.id !== id);
    this.onLifted();
  }
}

function isAbout(scope: Scope, number: string | undefined): boolean {
  return scope.number === undefined || scope.number === number;
}

function useUp<T>(faults: Counted<T>[], used: Counted<T>): Counted<T>[] {
  used.left--;
  return used.left > 0 ? faults : faults.filter(fault => fault !== used);
}

function faultId(): string {
  return randomBytes(6).toString("hex");
}
