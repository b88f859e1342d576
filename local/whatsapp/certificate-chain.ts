import { Curve, type KeyPair, proto } from "@whiskeysockets/baileys";
import * as z from "zod";
import { Blob, type Database } from "./database.ts";

const { Details } = proto.CertChain.NoiseCertificate;

const NOT_BEFORE_SECONDS = 1_700_000_000;
const NOT_AFTER_SECONDS = 4_102_444_800;
/** The serial that Baileys demands of the intermediate's issuer (WA_CERT_DETAILS.SERIAL). */
const ROOT_SERIAL = 0;
const INTERMEDIATE_SERIAL = 1;
const LEAF_SERIAL = 2;

/** The key pairs behind the Noise handshake: the root that clients pin, and the two that it vouches for. */
export interface ServerKeys {
  readonly root: KeyPair;
  readonly intermediate: KeyPair;
  readonly leaf: KeyPair;
}

/** The server's keys, made on the first start and the same ever after, so that a client that pinned the root stays right. */
export function loadServerKeys(database: Database): ServerKeys {
  return {
    root: loadKeyPair(database, "root"),
    intermediate: loadKeyPair(database, "intermediate"),
    leaf: loadKeyPair(database, "leaf"),
  };
}

const StoredKeyPair = z.object({ private: Blob, public: Blob });

function loadKeyPair(database: Database, name: string): KeyPair {
  const row = database.prepare("SELECT private, public FROM server_keys WHERE name = ?").get(name);
  if (row) return StoredKeyPair.parse(row);
  const pair = Curve.generateKeyPair();
  database
    .prepare("INSERT INTO server_keys (name, private, public) VALUES (?, ?, ?)")
    .run(name, pair.private, pair.public);
  return pair;
}

/**
 * The encoded CertChain that the server hello carries: the root signs the intermediate, the intermediate signs the leaf,
 * and the leaf's key is the server's static Noise key.
 *
 * `forged` signs the leaf with a key that nothing vouches for, which a client that checks signatures must refuse.
 */
export function encodeCertificateChain(keys: ServerKeys, forged: boolean, notAfter = NOT_AFTER_SECONDS): Buffer {
  const leafSigner = forged ? Curve.generateKeyPair() : keys.intermediate;
  const intermediate = certificate(INTERMEDIATE_SERIAL, ROOT_SERIAL, keys.intermediate, keys.root);
  const leaf = certificate(LEAF_SERIAL, INTERMEDIATE_SERIAL, keys.leaf, leafSigner, notAfter);
  return Buffer.from(proto.CertChain.encode({ intermediate, leaf }).finish());
}

function certificate(
  serial: number,
  issuerSerial: number,
  subject: KeyPair,
  signer: KeyPair,
  notAfter = NOT_AFTER_SECONDS,
) {
  const details = Details.encode({
    serial,
    issuerSerial,
    key: subject.public,
    notBefore: NOT_BEFORE_SECONDS,
    notAfter,
  }).finish();
  return { details, signature: Curve.sign(signer.private, details) };
}
