import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { checkAssertion, PasskeyCredential, PasskeyOptions } from "../../../domain/session/passkey-assertion.ts";

const options = PasskeyOptions.parse({
  challenge: "Y2hhbGxlbmdl",
  timeout: 600_000,
  rpId: "whatsapp.com",
  allowCredentials: [],
  userVerification: "required",
});
const encoded = (bytes: string | Buffer) => Buffer.from(bytes).toString("base64url");

function credential(
  change: { clientData?: object; rpId?: string; flags?: number; data?: Buffer; id?: string; type?: string } = {},
): PasskeyCredential {
  const clientData = {
    type: "webauthn.get",
    challenge: options.challenge,
    origin: "https://web.whatsapp.com",
    crossOrigin: false,
    ...change.clientData,
  };
  const rpIdHash = createHash("sha256")
    .update(change.rpId ?? "whatsapp.com")
    .digest();
  const data = change.data ?? Buffer.concat([rpIdHash, Buffer.from([change.flags ?? 0x05, 0, 0, 0, 1])]);
  return PasskeyCredential.parse({
    id: change.id ?? "Y3JlZA",
    rawId: "Y3JlZA",
    type: change.type ?? "public-key",
    authenticatorAttachment: "platform",
    clientExtensionResults: {},
    response: {
      clientDataJSON: encoded(JSON.stringify(clientData)),
      authenticatorData: encoded(data),
      signature: encoded("signature"),
      transports: ["internal"],
    },
  });
}

describe("an assertion of the pending challenge", () => {
  it("is taken, without the fields that WhatsApp does not take", () => {
    expect(() => checkAssertion(credential(), options)).not.toThrow();
    expect(Object.keys(credential())).toEqual(["id", "rawId", "type", "response"]);
    expect(credential().response.userHandle).toBeNull();
    expect(credential().response).not.toHaveProperty("transports");
  });

  it("needs no verified person where WhatsApp asks for none", () => {
    const lax = { ...options, userVerification: "preferred" };
    expect(() => checkAssertion(credential({ flags: 0x01 }), lax)).not.toThrow();
  });

  it.each([
    ["another type of credential", { type: "password" }],
    ["two ids", { id: "b3RoZXI" }],
    ["a registration", { clientData: { type: "webauthn.create" } }],
    ["another challenge", { clientData: { challenge: "b3RoZXI" } }],
    ["another site", { clientData: { origin: "https://web.whatsapp.com.example.com" } }],
    ["a site whose name ends alike", { clientData: { origin: "https://evilwhatsapp.com" } }],
    ["a page without encryption", { clientData: { origin: "http://web.whatsapp.com" } }],
    ["an origin with a path", { clientData: { origin: "https://web.whatsapp.com/" } }],
    ["a frame in another page", { clientData: { crossOrigin: true } }],
    ["another relying party", { rpId: "example.com" }],
    ["nobody present", { flags: 0x04 }],
    ["nobody verified", { flags: 0x01 }],
    ["authenticator data cut short", { data: Buffer.alloc(36) }],
  ])("is refused with %s", (_, change) => {
    expect(() => checkAssertion(credential(change), options)).toThrow(
      expect.objectContaining({ code: "passkey_invalid" }),
    );
  });

  it("is refused where its client data cannot be read, and the refusal repeats nothing of it", () => {
    const broken = credential();
    broken.response.clientDataJSON = encoded("{secret");
    expect(() => checkAssertion(broken, options)).toThrow("clientDataJSON cannot be read");
    expect(() => checkAssertion(credential({ clientData: { challenge: "b3RoZXI" } }), options)).not.toThrow("b3RoZXI");
  });
});
