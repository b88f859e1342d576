import { createHash, randomBytes } from "node:crypto";
import {
  type BinaryNode,
  Curve,
  getBinaryNodeChild,
  initAuthCreds,
  proto,
  type WASocket,
} from "@whiskeysockets/baileys";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openLog } from "../../../domain/log.ts";
import { PasskeyCredential } from "../../../domain/session/passkey-assertion.ts";
import { PasskeyCeremony } from "../../../socket-host/baileys/linking/passkey-ceremony.ts";
import type { Disconnect, PasskeyStep } from "../../../socket-host/whatsapp-port.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const encoded = (bytes: string | Buffer) => Buffer.from(bytes).toString("base64url");

/** A ceremony with a server that takes everything, and what was said on both sides. */
function ceremony() {
  const asked: BinaryNode[] = [];
  const steps: PasskeyStep[] = [];
  const ends: Disconnect[] = [];
  let challenges = 0;
  const options = () => {
    const text = {
      challenge: encoded(`challenge ${challenges++}`),
      rpId: "whatsapp.com",
      userVerification: "required",
    };
    return { tag: "passkey_request_options", attrs: {}, content: Buffer.from(JSON.stringify(text)) };
  };
  const query = async ({ content }: BinaryNode): Promise<BinaryNode> => {
    const step = (content as BinaryNode[])[0] as BinaryNode;
    asked.push(step);
    const ref = { tag: "ref", attrs: {}, content: Buffer.from("2@ref") };
    const answers: Record<string, BinaryNode> = { passkey_request_options: options(), ref };
    const answer = answers[step.tag];
    return { tag: "iq", attrs: {}, ...(answer && { content: [answer] }) };
  };
  const creds = initAuthCreds();
  const sock = { authState: { creds }, query, generateMessageTag: () => "1" } as unknown as WASocket;
  const started = new PasskeyCeremony({
    sock,
    now: Date.now,
    log: openLog({ name: "test", level: "silent" }),
    credentialsChanged: async () => true,
    tell: step => steps.push(step),
    end: cause => ends.push(cause),
  });
  const notification = (child: BinaryNode) => ({ tag: "notification", attrs: {}, content: [child] });
  return {
    started,
    creds,
    asked,
    steps,
    ends,
    request: () => started.requested(notification(options())),
    notification,
  };
}

function credentialFor(step: PasskeyStep | undefined): PasskeyCredential {
  if (step?.state !== "challenge") throw new Error("no challenge is shown");
  const clientData = { type: "webauthn.get", challenge: step.options.challenge, origin: "https://web.whatsapp.com" };
  const rpIdHash = createHash("sha256").update("whatsapp.com").digest();
  return PasskeyCredential.parse({
    id: "Y3JlZA",
    rawId: "Y3JlZA",
    type: "public-key",
    response: {
      clientDataJSON: encoded(JSON.stringify(clientData)),
      authenticatorData: encoded(Buffer.concat([rpIdHash, Buffer.from([5, 0, 0, 0, 1])])),
      signature: "c2ln",
    },
  });
}

const primaryIdentity = {
  tag: "primary_ephemeral_identity",
  attrs: {},
  content: proto.PrimaryEphemeralIdentity.encode({
    publicKey: Curve.generateKeyPair().public,
    nonce: randomBytes(32),
  }).finish(),
};

describe("a link by passkey", () => {
  it("makes a new secret once, however often WhatsApp asks", async () => {
    const { creds, request, steps } = ceremony();
    const before = creds.advSecretKey;
    await request();
    const after = creds.advSecretKey;
    await request();
    expect(after).not.toBe(before);
    expect(creds.advSecretKey).toBe(after);
    expect(steps).toHaveLength(1);
  });

  it("asks the phone anew where it is silent for two minutes, and the code is compared then", async () => {
    const { started, request, steps, notification } = ceremony();
    await request();
    await started.answer(credentialFor(steps.at(-1)));
    await vi.advanceTimersByTimeAsync(120_000);
    expect(steps.at(-1)).toMatchObject({ state: "challenge", failure: "phone_silent" });
    await started.answer(credentialFor(steps.at(-1)));
    await started.continued(notification(primaryIdentity));
    expect(steps.at(-1)).toMatchObject({ state: "confirmation", code: expect.stringMatching(/^\w{4}-\w{4}$/) });
  });

  it("sends a proof for five minutes, and none after that", async () => {
    for (const [waitedMs, proofs] of [
      [299_000, 1],
      [300_000, 0],
    ] as const) {
      const { started, request, steps, asked } = ceremony();
      await request();
      await vi.advanceTimersByTimeAsync(waitedMs);
      await started.answer(credentialFor(steps.at(-1)));
      const prologue = asked.find(({ tag }) => tag === "passkey_prologue");
      expect(getBinaryNodeChild(prologue, "pairing_handoff_proof") === undefined ? 0 : 1).toBe(proofs);
    }
  });

  it("ends where nobody answers the challenge, nobody confirms the code, or WhatsApp does not end it", async () => {
    const unanswered = ceremony();
    await unanswered.request();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(unanswered.ends).toMatchObject([{ kind: "passkey_timeout" }]);

    const unconfirmed = ceremony();
    await unconfirmed.request();
    await vi.advanceTimersByTimeAsync(301_000);
    await unconfirmed.started.answer(credentialFor(unconfirmed.steps.at(-1)));
    await unconfirmed.started.continued(unconfirmed.notification(primaryIdentity));
    expect(unconfirmed.steps.at(-1)?.state).toBe("confirmation");
    await vi.advanceTimersByTimeAsync(120_000);
    expect(unconfirmed.ends).toMatchObject([{ kind: "passkey_timeout" }]);

    const unfinished = ceremony();
    await unfinished.request();
    await unfinished.started.answer(credentialFor(unfinished.steps.at(-1)));
    await unfinished.started.continued(unfinished.notification(primaryIdentity));
    expect(unfinished.steps.at(-1)?.state).toBe("finishing");
    await vi.advanceTimersByTimeAsync(120_000);
    expect(unfinished.ends).toMatchObject([{ kind: "passkey_failed" }]);
  });

  it("hears of no phone that answers before the challenge was, and drops an answer and a confirmation that come late", async () => {
    const { started, request, steps, asked, notification } = ceremony();
    await request();
    await started.continued(notification(primaryIdentity));
    const credential = credentialFor(steps.at(-1));
    await started.answer(credential);
    await started.continued(notification(primaryIdentity));
    const before = asked.length;
    await started.answer(credential);
    await started.confirm();
    expect(asked).toHaveLength(before);
    expect(asked.filter(({ tag }) => tag === "companion_nonce")).toHaveLength(1);
  });
});
