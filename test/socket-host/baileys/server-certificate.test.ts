import { Curve, proto } from "@whiskeysockets/baileys";
import { describe, expect, it } from "vitest";
import { certificateFault } from "../../../socket-host/baileys/server-certificate.ts";

const { Details } = proto.CertChain.NoiseCertificate;
const { public: key } = Curve.generateKeyPair();
const valid = { notBefore: 1_000, notAfter: 2_000 };
const nowMs = 1_500_000;

function faultOf(leaf: object, intermediate: object = {}, staticKey: Uint8Array = key): string | undefined {
  const details = (fields: object) => Details.encode({ ...valid, ...fields }).finish();
  const certificates = {
    intermediate: details({ serial: 1, issuerSerial: 0, key: Curve.generateKeyPair().public, ...intermediate }),
    leaf: details({ serial: 2, issuerSerial: 1, key, ...leaf }),
  };
  return certificateFault({ ...certificates, staticKey }, nowMs);
}

describe("certificates whose signatures are right", () => {
  it("are the server's where the leaf is of its key, of its issuer, and valid now", () => {
    expect(faultOf({})).toBeUndefined();
    expect(faultOf({ notBefore: 1_500, notAfter: 1_500 })).toBeUndefined();
  });

  it.each([
    [{ key: Curve.generateKeyPair().public }, {}],
    [{ key: undefined }, {}],
    [{ issuerSerial: 7 }, {}],
    [{ notAfter: 1_499 }, {}],
    [{ notBefore: 1_501 }, {}],
    [{ notAfter: undefined }, {}],
    [{}, { notAfter: 1_499 }],
    [{}, { notBefore: 1_501 }],
  ])("are not where the leaf has %j and the intermediate %j", (leaf, intermediate) => {
    expect(faultOf(leaf, intermediate)).toBeDefined();
  });

  it("are not the server's of another static key", () => {
    expect(faultOf({}, {}, Curve.generateKeyPair().public)).toBeDefined();
  });
});
