import type { HostRow, Lease } from "../../domain/lease/lease.ts";

export interface ScalingRules {
  readonly hostsMin: number;
  readonly hostsMax: number;
  readonly sessionsPerHost: number;
  /** Percent of one processor; 0: not looked at. */
  readonly loadMax: number;
}

export interface Seen {
  readonly hosts: readonly Pick<HostRow, "id" | "sessions" | "waiting" | "load" | "draining">[];
  readonly leases: readonly Pick<Lease, "owner">[];
  /** What the service is asked to run now, and what runs. */
  readonly desired: number;
  readonly running: number;
}

/** Hosts are wanted to be this full: the rest is for the sessions of one that fails. */
const fullTo = 0.8;
/** One fewer host must leave the others no fuller than this, or it would soon be wanted back. */
const fewerFullTo = 0.6;

/**
 * How many socket hosts there should be: as many as the sessions and the load ask for, at once; fewer only one at a
 * time, since each host that leaves hands all its sessions over, and only with room to spare.
 */
export function desiredHosts(seen: Seen, rules: ScalingRules): number {
  const wanted = within(rules, Math.max(forSessions(seen, rules), forLoad(seen, rules), forIdleShards(seen, rules)));
  if (wanted >= seen.desired) return wanted;
  if (seen.desired > rules.hostsMax) return rules.hostsMax;
  // What is starting or leaving settles first.
  const settling = seen.running !== seen.desired || seen.hosts.some(({ draining }) => draining);
  const fewer = seen.desired - 1;
  if (settling || fewer < rules.hostsMin || !wouldDo(fewer, seen, rules)) return seen.desired;
  return fewer;
}

function within({ hostsMin, hostsMax }: ScalingRules, hosts: number): number {
  return Math.max(hostsMin, Math.min(hosts, hostsMax));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function forSessions({ hosts }: Seen, { sessionsPerHost }: ScalingRules): number {
  return Math.ceil(sum(hosts.map(({ sessions, waiting }) => sessions + waiting)) / (sessionsPerHost * fullTo));
}

function forLoad({ hosts }: Seen, { loadMax }: ScalingRules): number {
  return loadMax === 0 ? 0 : Math.ceil(sum(hosts.map(({ load }) => load)) / loadMax);
}

/** Shards that no host takes, where those there are have no room, hold sessions that nobody counts. */
function forIdleShards({ hosts, leases, desired }: Seen, { sessionsPerHost }: ScalingRules): number {
  const owners = new Set(hosts.map(({ id }) => id));
  const idle = leases.some(({ owner }) => owner === null || !owners.has(owner));
  const full = hosts.length > 0 && hosts.every(({ sessions }) => sessions >= sessionsPerHost);
  return idle && full ? desired + 1 : 0;
}

function wouldDo(count: number, { hosts }: Seen, { sessionsPerHost, loadMax }: ScalingRules): boolean {
  const sessions = sum(hosts.map(host => host.sessions + host.waiting));
  const load = sum(hosts.map(host => host.load));
  return sessions <= count * sessionsPerHost * fewerFullTo && (loadMax === 0 || load <= count * loadMax * fewerFullTo);
}
