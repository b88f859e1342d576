import { generateSignalPubKey, getBinaryNodeChild } from "@whiskeysockets/baileys";
import { bigEndian, bytesOf, childOf, type Stanza, stanza, unsigned } from "./stanza.ts";

/** The Signal key type byte of Curve25519. */
export const KEY_TYPE = Buffer.from([5]);

export interface PublicPreKey {
  readonly id: number;
  readonly public: Buffer;
}

export interface SignedPublicPreKey extends PublicPreKey {
  readonly signature: Buffer;
}

/** What one needs to open a Signal session with a device. The one-time pre-key is missing once the device has none left. */
export interface KeyBundle {
  readonly registrationId: number;
  readonly identityKey: Buffer;
  readonly signedPreKey: SignedPublicPreKey;
  readonly preKey?: PublicPreKey;
}

/** The children of `<user>` in the answer to a key query. */
export function keyBundleNodes(bundle: KeyBundle): Stanza[] {
  return [
    stanza("registration", {}, bigEndian(bundle.registrationId, 4)),
    stanza("type", {}, KEY_TYPE),
    stanza("identity", {}, bundle.identityKey),
    signedPreKeyNode(bundle.signedPreKey),
    ...(bundle.preKey ? [preKeyNode(bundle.preKey)] : []),
  ];
}

function preKeyNode(preKey: PublicPreKey): Stanza {
  return stanza("key", {}, [stanza("id", {}, bigEndian(preKey.id, 3)), stanza("value", {}, preKey.public)]);
}

function signedPreKeyNode(signed: SignedPublicPreKey): Stanza {
  return stanza("skey", {}, [
    stanza("id", {}, bigEndian(signed.id, 3)),
    stanza("value", {}, signed.public),
    stanza("signature", {}, signed.signature),
  ]);
}

export function readPreKey(node: Stanza): PublicPreKey {
  return { id: unsigned(bytesOf(node, "id")), public: bytesOf(node, "value") };
}

export function readSignedPreKey(node: Stanza): SignedPublicPreKey {
  return { ...readPreKey(node), signature: bytesOf(node, "signature") };
}

/** The bundle that a retry receipt carries from its second try on, or undefined where it carries none. */
export function readRetryBundle(receipt: Stanza): KeyBundle | undefined {
  const keys = getBinaryNodeChild(receipt, "keys");
  if (!keys) return undefined;
  const preKey = getBinaryNodeChild(keys, "key");
  return {
    registrationId: unsigned(bytesOf(receipt, "registration")),
    identityKey: bytesOf(keys, "identity"),
    signedPreKey: readSignedPreKey(childOf(keys, "skey")),
    ...(preKey ? { preKey: readPreKey(preKey) } : {}),
  };
}

/** The bundle in the shape that Baileys' Signal repository takes, its public keys prefixed by their type. */
export function signalSession(bundle: KeyBundle) {
  const { signedPreKey, preKey } = bundle;
  return {
    registrationId: bundle.registrationId,
    identityKey: generateSignalPubKey(bundle.identityKey),
    signedPreKey: {
      keyId: signedPreKey.id,
      publicKey: generateSignalPubKey(signedPreKey.public),
      signature: signedPreKey.signature,
    },
    ...(preKey ? { preKey: { keyId: preKey.id, publicKey: generateSignalPubKey(preKey.public) } } : {}),
  };
}
