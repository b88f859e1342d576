import { Curve, makeNoiseHandler, NOISE_WA_HEADER, proto, WA_CERT_DETAILS } from "@whiskeysockets/baileys";
import { beforeAll, describe, expect, it } from "vitest";
import { encodeCertificateChain } from "../../../local/whatsapp/certificate-chain.ts";
import { FrameReader } from "../../../local/whatsapp/frame.ts";
import { HandshakeFailed, NoiseResponder } from "../../../local/whatsapp/noise-responder.ts";
import { logger } from "./baileys-client.ts";
import { verifyXeddsa } from "./xeddsa.ts";

const keys = {
  root: Curve.generateKeyPair(),
  intermediate: Curve.generateKeyPair(),
  leaf: Curve.generateKeyPair(),
};

describe("NoiseResponder against the client side that Baileys has", () => {
  beforeAll(() => {
    WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(keys.root.public);
  });

  function handshake(forged = false) {
    const ephemeral = Curve.generateKeyPair();
    const noiseKey = Curve.generateKeyPair();
    const client = makeNoiseHandler({ keyPair: ephemeral, NOISE_HEADER: NOISE_WA_HEADER, logger });
    const server = new NoiseResponder(keys.leaf, encodeCertificateChain(keys, forged));
    const hello = proto.HandshakeMessage.encode({ clientHello: { ephemeral: ephemeral.public } }).finish();
    const answer = proto.HandshakeMessage.decode(server.answerHello(hello));
    const sealedKey = client.processHandshake(answer, noiseKey);
    const payload = client.encrypt(proto.ClientPayload.encode({ username: 15550000001, device: 3 }).finish());
    return { client, server, noiseKey, sealedKey, payload };
  }

  it("learns the client's static key and payload, and then both ends read each other", async () => {
    const { client, server, noiseKey, sealedKey, payload } = handshake();
    const finish = proto.HandshakeMessage.encode({ clientFinish: { static: sealedKey, payload } }).finish();
    const heard = server.readFinish(finish);
    expect(heard.noiseKey).toEqual(noiseKey.public);
    expect(heard.payload).toMatchObject({ device: 3 });
    await client.finishInit();
    const transport = server.transport();
    for (const text of ["one", "two"]) {
      const [frame] = [...new FrameReader().read(Buffer.concat([NOISE_WA_HEADER, withoutIntro(client, text)]))];
      expect(transport.open(frame ?? Buffer.alloc(0)).toString()).toBe(text);
    }
    for (const text of ["three", "four"])
      expect(client.decrypt(transport.seal(Buffer.from(text))).toString()).toBe(text);
  });

  it("presents a chain whose every signature holds, down to the key that it then uses", () => {
    const { intermediate, leaf } = proto.CertChain.decode(encodeCertificateChain(keys, false));
    const { Details } = proto.CertChain.NoiseCertificate;
    const intermediateKey = Details.decode(intermediate?.details ?? Buffer.alloc(0)).key ?? Buffer.alloc(0);
    const signed = (certificate: typeof leaf) =>
      [certificate?.details ?? Buffer.alloc(0), certificate?.signature ?? Buffer.alloc(0)] as const;
    expect(verifyXeddsa(keys.root.public, ...signed(intermediate))).toBe(true);
    expect(verifyXeddsa(intermediateKey, ...signed(leaf))).toBe(true);
    expect(verifyXeddsa(keys.root.public, ...signed(leaf))).toBe(false);
    expect(Details.decode(leaf?.details ?? Buffer.alloc(0)).key).toEqual(keys.leaf.public);
  });

  it("is refused by a checking client when its chain is forged", () => {
    expect(() => handshake(true)).toThrow("noise certificate signature invalid");
  });

  it("refuses a hello without a key and a finish that does not decrypt", () => {
    const { server } = handshake();
    const garbage = { static: Buffer.alloc(48), payload: Buffer.alloc(32) };
    expect(() => server.readFinish(proto.HandshakeMessage.encode({ clientFinish: garbage }).finish())).toThrow(
      HandshakeFailed,
    );
    const another = new NoiseResponder(keys.leaf, encodeCertificateChain(keys, false));
    expect(() => another.answerHello(proto.HandshakeMessage.encode({}).finish())).toThrow(HandshakeFailed);
  });
});

/** A frame as the client encodes it, without the introduction that its first one carries. */
function withoutIntro(client: ReturnType<typeof makeNoiseHandler>, text: string): Buffer {
  const frame = client.encodeFrame(Buffer.from(text));
  return frame.subarray(0, 4).equals(NOISE_WA_HEADER) ? frame.subarray(4) : frame;
}
