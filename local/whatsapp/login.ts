import { proto } from "@whiskeysockets/baileys";
import type { Connection } from "./connection.ts";
import { type DeviceAddress, deviceJidIn } from "./device-address.ts";
import type { Disconnects } from "./disconnects.ts";
import type { DeviceRegistration } from "./linked-devices.ts";
import { type ClientFinish, HandshakeFailed } from "./noise-responder.ts";
import type { Pairing } from "./pairing.ts";
import type { Phone } from "./phones.ts";
import { stanza, unixSeconds, unsigned } from "./stanza.ts";
import type { World } from "./world.ts";

const LOGGED_OUT = stanza("failure", { reason: "401", location: "simulated" });
const OUTDATED = stanza("failure", { reason: "405", location: "simulated" });
const REPLACED = stanza("stream:error", {}, [stanza("conflict", { type: "replaced" })]);

interface LoginAttempt {
  readonly connection: Connection;
  readonly address: DeviceAddress;
  readonly noiseKey: Buffer;
}

/** Decides what a client may do after the handshake: be linked, or log in as a device that its Noise key proves it is. */
export class Login {
  readonly #world: World;
  readonly #pairing: Pairing;
  readonly #disconnects: Disconnects;
  #held: LoginAttempt[] = [];

  constructor(world: World, pairing: Pairing, disconnects: Disconnects) {
    this.#world = world;
    this.#pairing = pairing;
    this.#disconnects = disconnects;
  }

  admit(connection: Connection, { payload, noiseKey }: ClientFinish): void {
    if (!this.#world.versions.admit(connection, payload)) {
      this.#world.stats.loginsFailed++;
      connection.sendAndClose(OUTDATED);
      return;
    }
    if (payload.devicePairingData) {
      this.#pairing.offer(connection, readRegistration(payload.devicePairingData, noiseKey));
      return;
    }
    const address = { number: String(payload.username ?? ""), device: payload.device ?? 0 };
    this.#admitDevice({ connection, address, noiseKey });
  }

  /** Takes up the logins that came during a silence, as far as their clients still wait. */
  resume(): void {
    const held = this.#held;
    this.#held = [];
    for (const attempt of held) if (attempt.connection.isOpen) this.#admitDevice(attempt);
  }

  #admitDevice(attempt: LoginAttempt): void {
    const { connection, address, noiseKey } = attempt;
    const { faults } = this.#world;
    if (faults.refusesConnections(address.number)) connection.cut();
    else if (faults.isSilent(address.number)) this.#held = [...this.#held.filter(isWaiting), attempt];
    else this.#logIn(connection, address, noiseKey);
  }

  #logIn(connection: Connection, address: DeviceAddress, noiseKey: Buffer): void {
    const phone = this.#world.phones.find(address.number);
    const device = this.#world.devices.find(address);
    if (!phone || !device?.noiseKey.equals(noiseKey)) {
      this.#world.stats.loginsFailed++;
      connection.sendAndClose(LOGGED_OUT);
      return;
    }
    const disconnect = this.#world.faults.takeDisconnect(address.number);
    if (disconnect?.kind === "failure") {
      this.#world.stats.loginsFailed++;
      this.#disconnects.apply(connection, disconnect);
      return;
    }
    this.#replaceOlder(connection, address);
    this.#greet(connection, phone, address.device);
    if (disconnect) this.#disconnects.apply(connection, disconnect);
  }

  #replaceOlder(connection: Connection, address: DeviceAddress): void {
    const older = this.#world.live.logIn(address, connection);
    this.#world.stats.sawLogin(older ? 1 : 0);
    const at = new Date(this.#world.now()).toISOString();
    this.#world.logins.add({ at, ...address, replaced: older !== undefined });
    older?.sendAndClose(REPLACED);
    this.#world.log.info("companion logged in", { device: address.device, replaced: older !== undefined });
  }

  /** The LID is the device's own: Baileys keeps it as `me.lid` and knows by it which device not to write to. */
  #greet(connection: Connection, phone: Phone, device: number): void {
    const lid = deviceJidIn("lid", phone, device);
    const attributes = { t: unixSeconds(this.#world.now()), lid, location: "simulated" };
    connection.send(stanza("success", attributes));
  }
}

function isWaiting({ connection }: LoginAttempt): boolean {
  return connection.isOpen;
}

function readRegistration(
  data: proto.ClientPayload.IDevicePairingRegistrationData,
  noiseKey: Buffer,
): DeviceRegistration {
  const { eIdent, eRegid, eSkeyId, eSkeyVal, eSkeySig, deviceProps } = data;
  if (!eIdent || !eRegid || !eSkeyId || !eSkeyVal || !eSkeySig) {
    throw new HandshakeFailed("the registration lacks a part of the client's Signal identity");
  }
  return {
    noiseKey,
    identityKey: Buffer.from(eIdent),
    registrationId: unsigned(eRegid),
    // Read in whatsmeow store/clientpayload.go and Baileys: the phone shows DeviceProps.os as the device's name.
    name: deviceProps ? (proto.DeviceProps.decode(deviceProps).os ?? "") : "",
    signedPreKey: { id: unsigned(eSkeyId), public: Buffer.from(eSkeyVal), signature: Buffer.from(eSkeySig) },
  };
}
