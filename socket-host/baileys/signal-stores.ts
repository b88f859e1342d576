import { AsyncLocalStorage } from "node:async_hooks";
import {
  proto,
  type SignalDataSet,
  type SignalDataTypeMap,
  type SignalKeyStoreWithTransaction,
} from "@whiskeysockets/baileys";
import * as z from "zod";
import { Mutex } from "../keys/mutex.ts";
import type { ExclusiveRecords, RecordChanges, Records, SignalRecords } from "../keys/signal-records.ts";
import { decodeJson, encodeJson } from "./credentials.ts";

type Type = keyof SignalDataTypeMap;
type Values<T extends Type> = { [id: string]: SignalDataTypeMap[T] };

const preKeyHalfBytes = 32;
const PreKey = z.object({ private: z.instanceof(Uint8Array), public: z.instanceof(Uint8Array) });

/** A pre-key as its 32 private and 32 public bytes, since there are hundreds; everything else as Baileys' JSON. */
function encode(type: string, value: unknown): Uint8Array {
  if (type !== "pre-key") return encodeJson(value);
  const key = PreKey.parse(value);
  return Buffer.concat([key.private, key.public]);
}

function decode(type: string, bytes: Uint8Array): unknown {
  if (type === "pre-key") {
    const key = Buffer.from(bytes);
    return { private: key.subarray(0, preKeyHalfBytes), public: key.subarray(preKeyHalfBytes) };
  }
  const value = decodeJson(bytes);
  if (type !== "app-state-sync-key") return value;
  return proto.Message.AppStateSyncKeyData.fromObject(z.record(z.string(), z.unknown()).parse(value));
}

async function getFrom<T extends Type>(records: Records, type: T, ids: string[]): Promise<Values<T>> {
  const found = await records.get(type, ids);
  const values = [...found].map(([id, bytes]) => [id, decode(type, bytes)] as const);
  // What comes out was put in under the same type, and sealed in between: nothing to parse again.
  return z.custom<Values<T>>().parse(Object.fromEntries(values));
}

function changesOf(data: SignalDataSet): RecordChanges {
  const types = Object.entries(data).map(([type, values]) => {
    const changes = Object.entries(values ?? {}).map(
      ([id, value]) => [id, value === null || value === undefined ? null : encode(type, value)] as const,
    );
    return [type, new Map(changes)] as const;
  });
  return new Map(types);
}

/**
 * The store Baileys' own code uses, outside of Signal's operations. A write is durable when it resolves, except
 * within a transaction: there it is when the transaction ends, or before the next frame leaves. Transactions run one
 * at a time, and one within another is part of it. They do not keep Signal's operations out: each of those is
 * exclusive by itself, however long a transaction waits for the network.
 */
export function baileysStore(records: SignalRecords): SignalKeyStoreWithTransaction {
  const within = new AsyncLocalStorage<{ open: boolean }>();
  const transactions = new Mutex();
  const isInTransaction = () => within.getStore()?.open === true;
  return {
    get: (type, ids) => getFrom(records, type, ids),
    async set(data) {
      await records.exclusively(async exclusive => exclusive.set(changesOf(data)));
      if (!isInTransaction()) await records.durable();
    },
    isInTransaction,
    transaction(work) {
      if (isInTransaction()) return work();
      return transactions.run(async () => {
        const transaction = { open: true };
        try {
          const result = await within.run(transaction, work);
          await records.durable();
          return result;
        } finally {
          transaction.open = false;
        }
      });
    },
  };
}

/** The store of Signal's operations: of the one that has its turn, told by `current` and never by asynchronous context. */
export function signalStore(current: () => ExclusiveRecords): SignalKeyStoreWithTransaction {
  return {
    get: async (type, ids) => getFrom(current(), type, ids),
    set: async data => current().set(changesOf(data)),
    isInTransaction: () => true,
    transaction: work => work(),
  };
}

/**
 * The store of the names that are one person (a number and its LID). It waits for no turn: Signal's operations look
 * names up, may have to ask WhatsApp for them, and several callers may wait for the same answer. Only whole mappings
 * are ever written. `learned` is told of each once it is durable.
 */
export function nameStore(
  records: SignalRecords,
  learned: (pnUser: string, lidUser: string) => void,
): SignalKeyStoreWithTransaction {
  return {
    get: (type, ids) => getFrom(records, type, ids),
    async set(data) {
      records.set(changesOf(data));
      await records.durable();
      for (const [pnUser, lidUser] of Object.entries(data["lid-mapping"] ?? {})) {
        if (lidUser !== null && !pnUser.endsWith("_reverse")) learned(pnUser, lidUser);
      }
    },
    isInTransaction: () => true,
    transaction: work => work(),
  };
}
