import type { Held } from "../../../socket-host/keys/key-cache.ts";
import { OwnershipLost } from "../../../socket-host/keys/key-store-error.ts";
import type { VersionedTable } from "../../../socket-host/keys/key-table.ts";
import type { Change } from "../../../socket-host/keys/key-writes.ts";

/**
 * A table in memory with the compare-and-set of the real one. `turn` is awaited before every read and write, so that a
 * test decides how they interleave.
 */
export class MemoryTable implements VersionedTable {
  readonly items = new Map<string, Held>();
  readonly writes: (readonly Change[])[] = [];
  turn: (doing: string) => Promise<void> = async () => undefined;

  async read(sks: readonly string[]): Promise<ReadonlyMap<string, Held>> {
    await this.turn("read");
    return new Map(sks.map(sk => [sk, this.items.get(sk) ?? { version: 0, plain: undefined }]));
  }

  async write(changes: readonly Change[]): Promise<ReadonlyMap<string, number>> {
    await this.turn("write");
    const versions = new Map<string, number>();
    for (const { sk, expected } of changes) {
      const version = this.items.get(sk)?.version ?? 0;
      if (expected !== undefined && expected !== version) throw new OwnershipLost(sk);
      versions.set(sk, version);
    }
    for (const { sk, plain } of changes) {
      const version = plain === null ? 0 : (versions.get(sk) ?? 0) + 1;
      versions.set(sk, version);
      if (plain === null) this.items.delete(sk);
      else this.items.set(sk, { version, plain });
    }
    this.writes.push(changes);
    return versions;
  }
}
