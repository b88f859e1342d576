import {
  addTransactionCapability,
  DEFAULT_CONNECTION_CONFIG,
  generateSignalPubKey,
  initAuthCreds,
  type SignalDataSet,
  type SignalDataTypeMap,
} from "@whiskeysockets/baileys";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { keepSessionsApart } from "../../../socket-host/baileys/libsignal-sessions.ts";
import { quietLibsignal } from "../../../socket-host/baileys/quiet-libsignal.ts";
import { eventually } from "../../eventually.ts";

keepSessionsApart();
quietLibsignal();

/** One person's Signal, in memory; `gate` is awaited before each read of a session. */
function newPerson() {
  const stored = new Map<string, unknown>();
  const person = { gate: Promise.resolve(), waiting: 0 };
  const store = {
    get: async <T extends keyof SignalDataTypeMap>(type: T, ids: string[]) => {
      person.waiting++;
      if (type === "session") await person.gate;
      return structuredClone(Object.fromEntries(ids.map(id => [id, stored.get(`${type}/${id}`)]))) as never;
    },
    set: async (data: SignalDataSet) => {
      for (const [type, values] of Object.entries(data)) {
        for (const [id, value] of Object.entries(values)) stored.set(`${type}/${id}`, structuredClone(value));
      }
    },
  };
  const creds = initAuthCreds();
  const logger = pino({ level: "silent" });
  const keys = addTransactionCapability(store, logger, { maxCommitRetries: 1, delayBetweenTriesMs: 1 });
  const repository = DEFAULT_CONNECTION_CONFIG.makeSignalRepository({ creds, keys }, logger, async () => undefined);
  const bundle = () => {
    const { keyPair, keyId, signature } = creds.signedPreKey;
    return {
      registrationId: creds.registrationId,
      identityKey: generateSignalPubKey(creds.signedIdentityKey.public),
      signedPreKey: { keyId, publicKey: generateSignalPubKey(keyPair.public), signature },
    };
  };
  return { person, repository, bundle };
}

describe("two people who write to each other at the same moment", () => {
  it("understand all that follows, in order, on whichever session it is sent", async () => {
    const [alice, bob] = [newPerson(), newPerson()];
    const jids = { alice: "1@lid", bob: "2@lid" };
    await alice.repository.injectE2ESession({ jid: jids.bob, session: bob.bundle() });
    await bob.repository.injectE2ESession({ jid: jids.alice, session: alice.bundle() });
    for (let round = 0; round < 12; round++) {
      const data = Buffer.from(`round ${round}`);
      const fromAlice = await alice.repository.encryptMessage({ jid: jids.bob, data });
      const fromBob = await bob.repository.encryptMessage({ jid: jids.alice, data });
      expect(await bob.repository.decryptMessage({ jid: jids.alice, ...fromAlice })).toEqual(data);
      expect(await alice.repository.decryptMessage({ jid: jids.bob, ...fromBob })).toEqual(data);
    }
  });
});

describe("two sessions of one process that write to the same person", () => {
  it("do not wait for each other", async () => {
    const [first, second, carol] = [newPerson(), newPerson(), newPerson()];
    const jid = "3@lid";
    const data = Buffer.from("hello");
    for (const { repository } of [first, second]) await repository.injectE2ESession({ jid, session: carol.bundle() });
    const held = Promise.withResolvers<void>();
    first.person.gate = held.promise;
    first.person.waiting = 0;
    const slow = first.repository.encryptMessage({ jid, data });
    await eventually("the first waits for its keys", () => first.person.waiting > 0);
    expect((await second.repository.encryptMessage({ jid, data })).type).toBe("pkmsg");
    held.resolve();
    await slow;
  });
});
