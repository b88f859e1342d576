import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { signatureHeaders } from "../../../domain/webhook/signature.ts";
import { newSigningSecret } from "../../../domain/webhook/signing-secret.ts";

const id = "evt_00000000000000000000000000";
const timestampSeconds = Math.floor(Date.now() / 1000);

describe("signatureHeaders", () => {
  test("are what the standardwebhooks verifier accepts, for any body", () => {
    fc.assert(
      fc.property(fc.json(), body => {
        const secret = newSigningSecret();
        const headers = signatureHeaders({ id, timestampSeconds, body }, [secret]);
        expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
      }),
      { numRuns: 50 },
    );
  });

  test("are accepted with either secret while one is replaced, and with no other", () => {
    const [fresh, old] = [newSigningSecret(), newSigningSecret()];
    const body = '{"type":"webhook.test","text":"olá 👋"}';
    const headers = signatureHeaders({ id, timestampSeconds, body }, [fresh, old]);
    expect(new Webhook(fresh).verify(body, headers)).toEqual(JSON.parse(body));
    expect(new Webhook(old).verify(body, headers)).toEqual(JSON.parse(body));
    expect(() => new Webhook(newSigningSecret()).verify(body, headers)).toThrow("No matching signature found");
  });

  test("are refused where one byte of the body differs", () => {
    const secret = newSigningSecret();
    const headers = signatureHeaders({ id, timestampSeconds, body: '{"a":1}' }, [secret]);
    expect(() => new Webhook(secret).verify('{"a":2}', headers)).toThrow();
  });
});

describe("newSigningSecret", () => {
  test("is whsec_ and 32 random bytes", () => {
    expect(newSigningSecret()).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(newSigningSecret()).not.toBe(newSigningSecret());
  });
});
