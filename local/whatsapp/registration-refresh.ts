import type { Connection } from "./connection.ts";
import { type Candidate, iqId } from "./pair-success.ts";
import { PairingFailed } from "./pairing-failed.ts";
import { SERVER_JID, type Stanza, stanza, unixSeconds } from "./stanza.ts";
import type { World } from "./world.ts";

const TYPE = "companion_reg_refresh";

interface Refreshed {
  readonly retired: Set<string>;
  /** The notification that the client has not acknowledged yet. */
  unacknowledged: string | undefined;
}

/**
 * `companion_reg_refresh`: the server has a client that is not linked yet make a new ADV secret, mostly just after a scan.
 * Measured in Baileys#2737: after such a scan the phone says "Couldn't link device" and no pair-success comes. Read in
 * WhatsApp Web (WAWebHandleCompanionReqRefreshNotification) and zapo (WaPairingFlow.ts): the client rotates its secret,
 * draws the present ref again and acknowledges. That the server refuses QRs of the old secret, and any QR until the
 * acknowledgement came, is a guess.
 */
export class RegistrationRefresh {
  readonly #world: World;
  readonly #refreshed = new Map<Connection, Refreshed>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Tells the client to make a new secret; the one that was just scanned, if any, is worth nothing any more. */
  begin(connection: Connection, scannedSecret?: Buffer): void {
    const id = iqId();
    const retired = this.#refreshed.get(connection)?.retired ?? new Set();
    if (scannedSecret) retired.add(scannedSecret.toString("base64"));
    this.#refreshed.set(connection, { retired, unacknowledged: id });
    const child = scannedSecret ? TYPE : "pair-device-rotate-qr";
    const attributes = { type: TYPE, id, from: SERVER_JID, t: unixSeconds(this.#world.now()) };
    connection.send(stanza("notification", attributes, [stanza(child)]));
  }

  /** Throws where a phone's scan must fail: it is the scan that brings the refresh about, or came too early after one. */
  check({ connection }: Candidate, number: string, advSecret: Buffer): void {
    const refreshed = this.#refreshed.get(connection);
    if (refreshed?.retired.has(advSecret.toString("base64")) || refreshed?.unacknowledged !== undefined) {
      throw new PairingFailed("unknown_qr", "The client was told to make a new secret, and this QR has the old one.");
    }
    if (!this.#world.faults.takeRegistrationRefresh(number)) return;
    this.begin(connection, advSecret);
    throw new PairingFailed("couldnt_link_device", "Couldn't link device. Scan the QR again.");
  }

  received(connection: Connection, { tag, attrs }: Stanza): void {
    const refreshed = this.#refreshed.get(connection);
    const isAck = tag === "ack" && attrs.class === "notification" && attrs.type === TYPE;
    if (refreshed && isAck && attrs.id === refreshed.unacknowledged) refreshed.unacknowledged = undefined;
  }

  withdraw(connection: Connection): void {
    this.#refreshed.delete(connection);
  }
}
