import * as z from "zod";
import type { Id } from "../../domain/id.ts";
import { open, seal } from "../../domain/secret/envelope.ts";

export interface SessionName {
  readonly tenantId: Id<"ten">;
  readonly id: Id<"ses">;
}

/** Everything a session has in the key table stands under one partition. */
export function keyPartition(session: SessionName): string {
  return `${session.tenantId}#${session.id}`;
}

/**
 * The sort keys. Of Signal records: `key#<type>#<id>`, but pre-keys stand together in packs (pre-key-packs.ts). Of
 * messages that came in: `journal#<milliseconds>#<sequence>`; of those that could not be read: `failed#<hash>`. Of
 * pieces of history that are still to be stored: `history#<milliseconds>#<WhatsApp's id>`.
 */
export const credentialsKey = "creds";
export const dataKeyKey = "datakey";
export const journalPrefix = "journal#";
export const failedPrefix = "failed#";
export const historyPrefix = "history#";
/** Where the further parts stand of a value too large for one item: those of one version, so that none is ever changed. */
export const partKey = (sk: string, version: number, part: number) => `part#${sk}#${version}#${part}`;
export const recordKey = (type: string, id: string) => `key#${type}#${id}`;

/** An item as stored: `version` counts its writes, `epoch` is that of the lease it was last written under. */
export const KeyItem = z.object({
  pk: z.string(),
  sk: z.string(),
  version: z.int().min(1),
  epoch: z.int().min(0),
  sealed: z.instanceof(Uint8Array),
  /** How many items hold its value, this one counted; one where it does not say. */
  parts: z.int().min(2).optional(),
});
export type KeyItem = z.infer<typeof KeyItem>;

/** The wrapped data key that seals all other items of the session; its version counts the owners there have been. */
export const DataKeyItem = z.object({
  pk: z.string(),
  sk: z.literal(dataKeyKey),
  version: z.int().min(1),
  epoch: z.int().min(0),
  wrapped: z.instanceof(Uint8Array),
});
export type DataKeyItem = z.infer<typeof DataKeyItem>;

/** Binds what is sealed to where it is stored (the sort key names type and id), so that no item can stand in for another. */
export interface ItemSealer {
  seal(sk: string, plain: Uint8Array): Uint8Array;
  open(sk: string, sealed: Uint8Array): Uint8Array;
}

export function itemSealer(session: SessionName, key: Uint8Array): ItemSealer {
  const aad = (sk: string) => JSON.stringify([session.tenantId, session.id, sk]);
  return {
    seal: (sk, plain) => seal(key, plain, aad(sk)),
    open: (sk, sealed) => open(key, sealed, aad(sk)),
  };
}
