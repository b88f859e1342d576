import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { openLog } from "../../domain/log.ts";
import { newOutboxRow } from "../../domain/outbox/store.ts";
import { secretBox } from "../../domain/secret/envelope.ts";
import { requestControl } from "../../domain/session/control.ts";
import { PasskeyCredential, type PasskeyOptions } from "../../domain/session/passkey-assertion.ts";
import { type SealedPasskeys, sealedPasskeys } from "../../domain/session/sealed-passkey.ts";
import { nextSequence } from "../../domain/session/sequence.ts";
import type { Session } from "../../domain/session/session.ts";
import { eventually } from "../eventually.ts";
import { HostStage } from "./host-stage.ts";

const said: string[] = [];
let hosts: HostStage;
let sealed: SealedPasskeys;
beforeAll(async () => {
  hosts = await HostStage.open();
  sealed = sealedPasskeys(secretBox(hosts.stage.dataKeys));
  await hosts.host({}, { log: openLog({ name: "test", level: "debug", write: line => void said.push(line) }) });
});
afterAll(() => hosts.close());

const Record = z.object({
  stage: z.string(),
  code: z.string().nullable(),
  proven: z.boolean(),
  refused: z.array(z.string()),
});

/** Scans a session's QR, or types its code, on a phone whose account has a passkey. */
async function asked(number: string, settings: object = {}, how: "scan" | "pair" = "scan"): Promise<Session> {
  await hosts.control.createPhone(number, `Phone ${number}`);
  await hosts.control.ok("PUT", `/phones/${number}/passkey`, settings);
  const session = await hosts.createSession(how === "pair" ? { pairingNumber: `+${number}` } : {});
  const { qr, pairingCode } = await eventually("what to link by", async () => {
    const now = await hosts.read(session);
    return now.qr !== null && (how === "scan" || now.pairingCode !== null) && now;
  });
  const body = how === "scan" ? { qr: qr?.code } : { code: pairingCode };
  const answer = await hosts.control.call("POST", `/phones/${number}/${how}`, body);
  expect(answer).toMatchObject({ status: 409, body: { code: "passkey_required" } });
  return session;
}

/** The session's challenge, once it is another than `before`. */
function challenge(session: Session, before?: string): Promise<PasskeyOptions> {
  return eventually("a challenge", async () => {
    const { passkey } = await hosts.read(session);
    if (passkey?.state !== "challenge" || !passkey.sealed) return undefined;
    const { options } = await sealed.openShown(session, passkey.sealed);
    return options !== null && options.challenge !== before && options;
  });
}

async function sign(number: string, options: PasskeyOptions, how: object = {}): Promise<PasskeyCredential> {
  return PasskeyCredential.parse(await hosts.control.ok("POST", `/phones/${number}/passkey/sign`, { options, ...how }));
}

/** As `POST /api/sessions/:id/passkey` hands it over. */
async function answer(session: Session, credential: PasskeyCredential): Promise<void> {
  const row = newOutboxRow(session, "control", await nextSequence(hosts.db, session), new Date().toISOString());
  const credentialSealed = await sealed.sealCredential(session, credential);
  await requestControl(hosts.db, session, { ...row, type: "session.passkey", credential: credentialSealed });
  await hosts.ring(session);
}

async function confirm(session: Session): Promise<void> {
  const row = newOutboxRow(session, "control", await nextSequence(hosts.db, session), new Date().toISOString());
  await requestControl(hosts.db, session, { ...row, type: "session.passkey_confirm" });
  await hosts.ring(session);
}

const record = async (number: string) => Record.parse(await hosts.control.ok("GET", `/phones/${number}/passkey`));

describe("a session whose phone links by passkey", () => {
  it.each(["scan", "pair"] as const)(
    "after a %s shows the challenge and no QR, and is linked by the answer",
    async how => {
      const number = how === "scan" ? "5511900000301" : "5511900000302";
      const session = await asked(number, {}, how);
      const options = await challenge(session);
      expect(options).toMatchObject({ rpId: "whatsapp.com", userVerification: "required" });
      expect(await hosts.read(session)).toMatchObject({ status: "passkey_required", qr: null, pairingCode: null });
      const credential = await sign(number, options);
      await answer(session, credential);
      const connected = await hosts.until(session, "connected");
      expect(connected.passkey).toBeNull();
      expect(await record(number)).toMatchObject({ stage: "linked", proven: true, refused: [] });
      // The code is compared only where no proof was sent.
      expect(connected.statuses.map(({ status }) => status)).not.toContain("passkey_confirmation");
      const types = (await hosts.events(session)).map(({ type }) => type);
      expect(types).toContain("session.passkey_required");
      const everything = said.join("\n") + JSON.stringify(await hosts.items("events"));
      expect(everything).not.toContain(options.challenge);
      expect(everything).not.toContain(credential.response.signature);
    },
  );

  it("asks for the challenge where the notification brings none, and takes one that comes twice for one", async () => {
    const session = await asked("5511900000303", { optionsInNotification: false, repeats: true });
    await answer(session, await sign("5511900000303", await challenge(session)));
    await hosts.until(session, "connected");
    expect(await record("5511900000303")).toMatchObject({ proven: true, refused: [] });
  });

  it("gets a new challenge after a refusal, then compares the code that the phone shows, and is linked once it is confirmed", async () => {
    const number = "5511900000304";
    const session = await asked(number, { refuses: 1 });
    const first = await challenge(session);
    await answer(session, await sign(number, first));
    const second = await challenge(session, first.challenge);
    expect((await hosts.read(session)).passkey?.failure).toBe("refused");
    await answer(session, await sign(number, second));
    const compared = await hosts.until(session, "passkey_confirmation");
    const shown = await sealed.openShown(session, compared.passkey?.sealed ?? new Uint8Array());
    expect(shown.code).toMatch(/^[1-9A-Z]{4}-[1-9A-Z]{4}$/);
    const { code, proven } = await record(number);
    expect([shown.code, proven]).toEqual([code, false]);
    expect(said.join("\n")).not.toContain(code);
    await confirm(session);
    await hosts.until(session, "connected");
  });

  it("forwards no assertion that was made elsewhere, and goes on waiting for a right one", async () => {
    const number = "5511900000305";
    const session = await asked(number);
    const options = await challenge(session);
    await answer(session, await sign(number, options, { origin: "https://web.whatsapp.com.example.com" }));
    await eventually("the refusal", () => said.some(line => line.includes("passkey step not taken")));
    expect((await hosts.read(session)).passkey?.state).toBe("challenge");
    expect(await record(number)).toMatchObject({ stage: "asked", refused: [] });
    await answer(session, await sign(number, options));
    await hosts.until(session, "connected");
  });

  it("ends with its reason where nobody answers the challenge, and gives a QR when restarted", async () => {
    const number = "5511900000306";
    const session = await asked(number, { timeoutMs: 500 });
    const ended = await hosts.until(session, "disconnected");
    expect(ended).toMatchObject({ passkey: null, linked: false, lastDisconnect: { reason: "passkey_timeout" } });
    await hosts.control.ok("DELETE", `/phones/${number}/passkey`);
    await hosts.restart(session);
    await hosts.scan(session, number);
  });

  it("ends with its reason where WhatsApp refuses again and again", async () => {
    const number = "5511900000307";
    const session = await asked(number, { refuses: 3 });
    let before: string | undefined;
    for (const _ of [1, 2, 3]) {
      const options = await challenge(session, before);
      before = options.challenge;
      await answer(session, await sign(number, options));
    }
    const ended = await hosts.until(session, "disconnected");
    expect(ended.lastDisconnect?.reason).toBe("passkey_failed");
  });

  it("begins anew with a QR where its connection is lost meanwhile", async () => {
    const number = "5511900000308";
    const session = await asked(number);
    await challenge(session);
    await hosts.control.fault({ kind: "drop" });
    await hosts.control.ok("DELETE", `/phones/${number}/passkey`);
    const connected = await hosts.scan(session, number);
    expect(connected.passkey).toBeNull();
  });
});
