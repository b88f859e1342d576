import { createHash } from "node:crypto";

/** Where the assembly runs: what account, region and addresses stand for on this machine. */
export interface Place {
  readonly region: string;
  readonly accountId: string;
  /** The one address of every AWS service here, as `http://127.0.0.1:PORT`. */
  readonly awsUrl: string;
  /** Host and port of the public address, as `127.0.0.1:PORT`. */
  readonly edgeHost: string;
}

export const arnIn = (place: Place, service: string, resource: string): string =>
  `arn:aws:${service}:${place.region}:${place.accountId}:${resource}`;

/** A stable id for a resource that AWS would have given a random one. */
export const stableId = (seed: string, length: number): string =>
  BigInt(`0x${createHash("sha256").update(seed).digest("hex")}`)
    .toString(36)
    .slice(0, length);

/** A stable UUID for a resource whose id is a UUID on AWS (a KMS key). */
export function stableUuid(seed: string): string {
  const hex = createHash("sha256").update(seed).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  );
}
