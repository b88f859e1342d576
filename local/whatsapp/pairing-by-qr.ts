import { randomBytes } from "node:crypto";
import type { Connection } from "./connection.ts";
import { type Candidate, iqId, type PairSuccess, serverIq } from "./pair-success.ts";
import { PairingFailed } from "./pairing-failed.ts";
import type { Phone } from "./phones.ts";
import type { RegistrationRefresh } from "./registration-refresh.ts";
import { stanza } from "./stanza.ts";
import type { World } from "./world.ts";

const REFS_PER_CONNECTION = 6;

interface QrCode {
  readonly ref: string;
  readonly identityKey: Buffer;
  readonly advSecret: Buffer;
}

/**
 * Linking by QR, both the server's side and the phone's:
 *
 *     offered ──scan──▶ pair-success
 */
export class PairingByQr {
  readonly #world: World;
  readonly #pairSuccess: PairSuccess;
  readonly #refresh: RegistrationRefresh;
  readonly #byRef = new Map<string, Candidate>();
  readonly #refs = new Map<Connection, readonly string[]>();

  constructor(world: World, pairSuccess: PairSuccess, refresh: RegistrationRefresh) {
    this.#world = world;
    this.#refresh = refresh;
    this.#pairSuccess = pairSuccess;
  }

  /** Gives an unregistered client the refs that it makes its QR codes of. */
  offer(candidate: Candidate): void {
    const refs = Array.from({ length: REFS_PER_CONNECTION }, () => `2@${randomBytes(32).toString("base64url")}`);
    this.#refs.set(candidate.connection, refs);
    for (const ref of refs) this.#byRef.set(ref, candidate);
    const refNodes = refs.map(ref => stanza("ref", {}, Buffer.from(ref)));
    candidate.connection.send(serverIq(iqId(), [stanza("pair-device", {}, refNodes)], this.#world.now()));
  }

  /** Its QR codes are worth nothing any more: it hung up, or is being linked. */
  withdraw(connection: Connection): void {
    for (const ref of this.#refs.get(connection) ?? []) this.#byRef.delete(ref);
    this.#refs.delete(connection);
  }

  /** The person scans what the client shows; resolves with the new device's number once the client has accepted. */
  async scan(phone: Phone, qr: string): Promise<number> {
    const { ref, identityKey, advSecret } = readQr(qr);
    const candidate = this.#byRef.get(ref);
    if (!candidate?.registration.identityKey.equals(identityKey)) {
      throw new PairingFailed("unknown_qr", "No client shows this QR code now.");
    }
    this.#refresh.check(candidate, phone.number, advSecret);
    this.withdraw(candidate.connection);
    return this.#pairSuccess.complete(candidate, phone, advSecret);
  }
}

/** `https://wa.me/settings/linked_devices#REF,noise key,identity key,adv secret,platform`, keys in base64. */
function readQr(qr: string): QrCode {
  const [ref, noiseKey, identityKey, advSecret] = (qr.split("#").at(-1) ?? "").split(",");
  if (!ref || !noiseKey || !identityKey || !advSecret) {
    throw new PairingFailed("malformed_qr", "This is not a QR code that links a device.");
  }
  return { ref, identityKey: Buffer.from(identityKey, "base64"), advSecret: Buffer.from(advSecret, "base64") };
}
