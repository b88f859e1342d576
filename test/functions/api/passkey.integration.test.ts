import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { outboxHead } from "../../../domain/outbox/store.ts";
import { kmsDataKeys, secretBox } from "../../../domain/secret/envelope.ts";
import { PasskeyOptions } from "../../../domain/session/passkey-assertion.ts";
import { type SealedPasskeys, sealedPasskeys } from "../../../domain/session/sealed-passkey.ts";
import { type Session, Session as StoredSession } from "../../../domain/session/session.ts";
import { findSession } from "../../../domain/session/store.ts";
import { expectProblem, type FrontDoor, openFrontDoor, type TenantOfTest } from "../front-door.ts";
import { setStatus } from "./linked-session.ts";

const options = PasskeyOptions.parse({
  challenge: "Y2hhbGxlbmdlIG9mIHRoZSB0ZXN0",
  timeout: 600_000,
  rpId: "whatsapp.com",
  allowCredentials: [],
  userVerification: "required",
});
const encoded = (bytes: string | Buffer) => Buffer.from(bytes).toString("base64url");
const rpIdHash = createHash("sha256").update("whatsapp.com").digest();

function credentialFor(challenge: string) {
  const clientData = { type: "webauthn.get", challenge, origin: "https://web.whatsapp.com" };
  return {
    id: "Y3JlZA",
    rawId: "Y3JlZA",
    type: "public-key",
    authenticatorAttachment: "platform",
    response: {
      clientDataJSON: encoded(JSON.stringify(clientData)),
      authenticatorData: encoded(Buffer.concat([rpIdHash, Buffer.from([0x05, 0, 0, 0, 1])])),
      signature: encoded("signature of the test"),
      userHandle: null,
    },
  };
}

let door: FrontDoor;
let tenant: TenantOfTest;
let stranger: TenantOfTest;
let sealed: SealedPasskeys;
beforeAll(async () => {
  door = await openFrontDoor();
  [tenant, stranger] = [await door.tenant(), await door.tenant()];
  sealed = sealedPasskeys(secretBox(kmsDataKeys(door.aws.environment.ENCRYPTION_KEY_ARN ?? "")));
});
afterAll(() => door.close());

const inOneMinute = () => new Date(Date.now() + 60_000).toISOString();

/** A session that its socket host has brought this far. */
async function sessionIn(
  state: "challenge" | "checking" | "confirmation",
  expiresAt = inOneMinute(),
): Promise<Session> {
  const { body } = await door.ask("POST", "/api/sessions", { key: tenant.key });
  const ref = StoredSession.parse(await findSession(door.aws.db, tenant.id, body.id));
  const shown = state === "challenge" ? { options, code: null } : { options: null, code: "ABCD-1234" };
  const secret = state === "checking" ? null : await sealed.sealShown(ref, shown);
  const passkey = { state, sealed: secret, failure: null, expiresAt };
  const status = state === "confirmation" ? "passkey_confirmation" : "passkey_required";
  return setStatus(door, tenant, body.id, status, { passkey });
}

const path = ({ id }: Pick<Session, "id">) => `/api/sessions/${id}/passkey`;
const control = (session: Session) => outboxHead(door.aws.db, session, "control", 10);

describe("GET /api/sessions/:id/passkey", () => {
  it("answers the challenge, which the stored row does not hold in the clear", async () => {
    const session = await sessionIn("challenge");
    const { status, body } = await door.ask("GET", path(session), { key: tenant.key });
    expect([status, body]).toEqual([
      200,
      { state: "challenge", options, code: null, failure: null, expiresAt: session.passkey?.expiresAt },
    ]);
    const row = StoredSession.parse(await findSession(door.aws.db, tenant.id, session.id));
    const bytes = Buffer.from(row.passkey?.sealed ?? []).toString("latin1");
    expect(bytes).not.toContain(options.challenge);
    const shown = await door.ask("GET", `/api/sessions/${session.id}`, { key: tenant.key });
    expect(shown.body).toMatchObject({ status: "passkey_required" });
    expect(shown.body).not.toHaveProperty("passkey");
  });

  it("answers the code where it is compared, and none where no passkey is asked for", async () => {
    const comparing = await door.ask("GET", path(await sessionIn("confirmation")), { key: tenant.key });
    expect(comparing.body).toMatchObject({ state: "confirmation", options: null, code: "ABCD-1234" });
    const { body: fresh } = await door.ask("POST", "/api/sessions", { key: tenant.key });
    const nothing = await door.ask("GET", path(fresh), { key: tenant.key });
    expect(nothing.body).toEqual({ state: "none", options: null, code: null, failure: null, expiresAt: null });
  });

  it("is a 401 without a key and a 404 to another tenant", async () => {
    const session = await sessionIn("challenge");
    expectProblem(await door.ask("GET", path(session)), 401, "unauthorized");
    expectProblem(await door.ask("GET", path(session), { key: stranger.key }), 404, "not_found");
  });
});

describe("POST /api/sessions/:id/passkey", () => {
  it("hands the credential to the session's owner, sealed, and without what WhatsApp does not take", async () => {
    const session = await sessionIn("challenge");
    const credential = credentialFor(options.challenge);
    const answer = await door.ask("POST", path(session), { key: tenant.key, json: { credential } });
    expect([answer.status, answer.body.state]).toEqual([202, "challenge"]);
    const [row] = await control(session);
    if (row?.type !== "session.passkey") throw new Error("nothing was handed over");
    expect(Buffer.from(row.credential).toString("latin1")).not.toContain(credential.response.signature);
    const { authenticatorAttachment: _left, ...taken } = credential;
    expect(await sealed.openCredential(session, row.credential)).toEqual(taken);
  });

  it("is a 422 where the credential answers another challenge, and hands nothing over", async () => {
    const session = await sessionIn("challenge");
    const json = { credential: credentialFor("b3RoZXI") };
    expectProblem(await door.ask("POST", path(session), { key: tenant.key, json }), 422, "passkey_invalid");
    expect(await control(session)).toEqual([]);
  });

  it("is a 400 where it is no credential", async () => {
    const session = await sessionIn("challenge");
    const credential = { ...credentialFor(options.challenge), rawId: "not base64url!" };
    const answer = await door.ask("POST", path(session), { key: tenant.key, json: { credential } });
    expectProblem(answer, 400, "validation_failed");
    expect(answer.body.errors).toMatchObject([{ path: "body.credential.rawId" }]);
  });

  it("is a 409 in every other state, and after the challenge has expired", async () => {
    const json = { credential: credentialFor(options.challenge) };
    const late = await sessionIn("challenge", new Date(Date.now() - 1_000).toISOString());
    for (const session of [await sessionIn("checking"), await sessionIn("confirmation"), late]) {
      expectProblem(await door.ask("POST", path(session), { key: tenant.key, json }), 409, "invalid_transition");
      expect(await control(session)).toEqual([]);
    }
  });

  it("is a 401 without a key and a 404 to another tenant", async () => {
    const session = await sessionIn("challenge");
    const json = { credential: credentialFor(options.challenge) };
    expectProblem(await door.ask("POST", path(session), { json }), 401, "unauthorized");
    expectProblem(await door.ask("POST", path(session), { key: stranger.key, json }), 404, "not_found");
  });
});

describe("POST /api/sessions/:id/passkey/confirm", () => {
  it("has the session's owner go on", async () => {
    const session = await sessionIn("confirmation");
    const answer = await door.ask("POST", `${path(session)}/confirm`, { key: tenant.key });
    expect([answer.status, answer.body.state]).toEqual([202, "confirmation"]);
    expect(await control(session)).toMatchObject([{ type: "session.passkey_confirm" }]);
  });

  it("is a 409 in every other state, a 401 without a key and a 404 to another tenant", async () => {
    const session = await sessionIn("challenge");
    const confirm = `${path(session)}/confirm`;
    expectProblem(await door.ask("POST", confirm, { key: tenant.key }), 409, "invalid_transition");
    expectProblem(await door.ask("POST", confirm), 401, "unauthorized");
    expectProblem(await door.ask("POST", confirm, { key: stranger.key }), 404, "not_found");
  });
});
