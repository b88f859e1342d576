import type { Connection } from "./connection.ts";
import type { DeviceRegistration } from "./linked-devices.ts";
import type { Linking } from "./linking.ts";
import { type Candidate, iqId, PairSuccess } from "./pair-success.ts";
import { PairingByCode } from "./pairing-by-code.ts";
import { PairingByQr } from "./pairing-by-qr.ts";
import { PasskeyLinking } from "./passkey-linking.ts";
import { RegistrationRefresh } from "./registration-refresh.ts";
import { SERVER_JID, type Stanza, stanza } from "./stanza.ts";
import type { World } from "./world.ts";

/** The clients that are not linked yet: each may be scanned, and linked by a code where it asked for one. */
export class Pairing {
  readonly byQr: PairingByQr;
  readonly byCode: PairingByCode;
  readonly passkeys: PasskeyLinking;
  readonly #pairSuccess: PairSuccess;
  readonly #refresh: RegistrationRefresh;
  readonly #candidates = new Map<Connection, Candidate>();

  constructor(world: World, linking: Linking) {
    this.#pairSuccess = new PairSuccess(world, linking);
    this.passkeys = new PasskeyLinking(world, this.#pairSuccess);
    this.#pairSuccess.asksForPasskey = (...link) => this.passkeys.begin(...link);
    this.#refresh = new RegistrationRefresh(world);
    this.byQr = new PairingByQr(world, this.#pairSuccess, this.#refresh);
    this.byCode = new PairingByCode(world, this.#pairSuccess);
  }

  offer(connection: Connection, registration: DeviceRegistration): void {
    const candidate = { connection, registration };
    this.#candidates.set(connection, candidate);
    this.byQr.offer(candidate);
  }

  received(connection: Connection, received: Stanza): void {
    const candidate = this.#candidates.get(connection);
    if (candidate) answerPing(connection, received);
    this.#refresh.received(connection, received);
    this.passkeys.received(connection, received);
    if (candidate) this.byCode.received(candidate, received);
    this.#pairSuccess.received(connection, received);
  }

  /** Has every client that waits to be linked make a new secret; answers the id of the order. */
  refreshRegistrations(): string {
    for (const connection of this.#candidates.keys()) this.#refresh.begin(connection);
    return iqId();
  }

  closed(connection: Connection): void {
    this.#candidates.delete(connection);
    this.byQr.withdraw(connection);
    this.#refresh.withdraw(connection);
    this.byCode.withdraw(connection);
    this.#pairSuccess.closed(connection);
    this.passkeys.closed(connection);
  }
}

/**
 * Keep-alives are answered before a login too. Read in whatsmeow keepalive.go, whose pings begin with the connection, and
 * in public reports: Baileys, which takes an unanswered ping for a dead line, shows its QRs for all of 160 s.
 */
function answerPing(connection: Connection, { tag, attrs }: Stanza): void {
  if (tag !== "iq" || attrs.type !== "get" || attrs.xmlns !== "w:p") return;
  connection.send(stanza("iq", { id: attrs.id, from: SERVER_JID, type: "result" }));
}
