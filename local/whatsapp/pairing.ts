import type { Connection } from "./connection.ts";
import type { DeviceRegistration } from "./linked-devices.ts";
import type { Linking } from "./linking.ts";
import { type Candidate, PairSuccess } from "./pair-success.ts";
import { PairingByCode } from "./pairing-by-code.ts";
import { PairingByQr } from "./pairing-by-qr.ts";
import type { Stanza } from "./stanza.ts";
import type { World } from "./world.ts";

/** The clients that are not linked yet: each may be scanned, and linked by a code where it asked for one. */
export class Pairing {
  readonly byQr: PairingByQr;
  readonly byCode: PairingByCode;
  readonly #pairSuccess: PairSuccess;
  readonly #candidates = new Map<Connection, Candidate>();

  constructor(world: World, linking: Linking) {
    this.#pairSuccess = new PairSuccess(world, linking);
    this.byQr = new PairingByQr(world, this.#pairSuccess);
    this.byCode = new PairingByCode(world, this.#pairSuccess);
  }

  offer(connection: Connection, registration: DeviceRegistration): void {
    const candidate = { connection, registration };
    this.#candidates.set(connection, candidate);
    this.byQr.offer(candidate);
  }

  received(connection: Connection, received: Stanza): void {
    const candidate = this.#candidates.get(connection);
    if (candidate) this.byCode.received(candidate, received);
    this.#pairSuccess.received(connection, received);
  }

  closed(connection: Connection): void {
    this.#candidates.delete(connection);
    this.byQr.withdraw(connection);
    this.byCode.withdraw(connection);
    this.#pairSuccess.closed(connection);
  }
}
