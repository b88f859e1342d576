import type { History, Violation } from "../history.ts";

/**
 * Of each item of the key table, versions rise without a gap, and no older epoch writes after a newer one. To take out
 * what is not there any more is no write.
 */
export function checkKeyVersions({ keyWrites }: Pick<History, "keyWrites">): Violation[] {
  const items = Map.groupBy(keyWrites, ({ pk, sk }) => `${pk} ${sk}`);
  return [...items].flatMap(([name, writes]) => {
    let version = 0;
    let epoch = 0;
    return writes.flatMap((write): Violation[] => {
      if (write.version === null && version === 0) return [];
      const violations: Violation[] = [];
      const say = (what: string) => violations.push({ rule: "key versions", what: `${name}: ${what}` });
      const next = write.version === undefined ? version : write.version;
      if (typeof write.version === "number" && write.version !== version + 1) say(`version ${next} after ${version}`);
      if (write.epoch !== null && write.epoch < epoch) say(`epoch ${write.epoch} after ${epoch}`);
      version = next ?? 0;
      epoch = Math.max(epoch, write.epoch ?? 0);
      return violations;
    });
  });
}
