/** Processor time of this process so far, in microseconds. */
export type CpuUsage = () => { readonly user: number; readonly system: number };

const windowMs = 10_000;

/** How much of one processor this process used lately, in whole percent; asked often, it answers for ten seconds at least. */
export function cpuLoad(usage: CpuUsage, monotonic: () => number): () => number {
  const total = () => {
    const { user, system } = usage();
    return user + system;
  };
  let [sinceMs, before, load] = [monotonic(), total(), 0];
  return () => {
    const nowMs = monotonic();
    if (nowMs - sinceMs < windowMs) return load;
    const used = total();
    load = Math.round((used - before) / (nowMs - sinceMs) / 10);
    [sinceMs, before] = [nowMs, used];
    return load;
  };
}
