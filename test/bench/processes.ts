import { readdirSync, readFileSync } from "node:fs";

/** Linux counts CPU time in hundredths of a second (sysconf(_SC_CLK_TCK)). */
const ticksPerSecond = 100;

/** The CPU time that a process has used, in seconds, from /proc (Linux only). */
export function cpuSeconds(pid: number): number {
  const fields = statFields(pid);
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** The memory that a process holds, in megabytes: what is shared with others counts in each. */
export function residentMegabytes(pid: number): number {
  const [, kilobytes = "0"] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) / 1024;
}

/** A process and all that descend from it. */
export function familyOf(pid: number): readonly number[] {
  const children = readdirSync("/proc").filter(name => /^\d+$/.test(name) && parentOf(Number(name)) === pid);
  return [pid, ...children.flatMap(name => familyOf(Number(name)))];
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(statFields(pid)[1]);
  } catch (error) {
    // It ended between the listing and the look.
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** What follows the name in /proc/PID/stat: the name itself may hold spaces. */
function statFields(pid: number): readonly string[] {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  return text.slice(text.lastIndexOf(")") + 2).split(" ");
}
