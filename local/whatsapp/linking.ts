import { randomBytes } from "node:crypto";
import { type DeviceAddress, deviceJidIn } from "./device-address.ts";
import type { DeviceRegistration } from "./linked-devices.ts";
import type { Phone } from "./phones.ts";
import type { Letter, PostOffice } from "./post-office.ts";
import { type Stanza, stanza, unixSeconds } from "./stanza.ts";
import type { World } from "./world.ts";

/** Baileys reads a conflict without this code as "replaced" (440), whatever its type. */
const DEVICE_REMOVED = stanza("stream:error", { code: "401" }, [stanza("conflict", { type: "device_removed" })]);

/** Which companions a phone has: adds them, takes them away, and tells those who keep the list. */
export class Linking {
  readonly #world: World;
  readonly #postOffice: PostOffice;

  constructor(world: World, postOffice: PostOffice) {
    this.#world = world;
    this.#postOffice = postOffice;
  }

  link(phone: Phone, device: number, registration: DeviceRegistration): void {
    const address = { number: phone.number, device };
    this.#world.devices.add(address, registration, new Date(this.#world.now()).toISOString());
    this.#announce("add", phone, address);
    this.#world.log.info("companion linked", { device });
  }

  /** Takes the companion off the phone: it is told and hung up on, and its next login is refused. */
  unlink(address: DeviceAddress): void {
    const phone = this.#world.phones.find(address.number);
    if (!phone) return;
    this.#world.devices.remove(address);
    this.#world.live.of(address)?.sendAndClose(DEVICE_REMOVED);
    this.#announce("remove", phone, address);
    this.#world.log.info("companion unlinked", { device: address.device });
  }

  /** Whoever asked for this person's devices would go on encrypting for the old list. */
  #announce(change: "add" | "remove", phone: Phone, changed: DeviceAddress): void {
    if (this.#world.faults.hidesDevices(phone.number)) return;
    const letters = this.#world.devices.watchers(phone.number).flatMap(({ mode, ...watcher }): Letter[] => {
      const isItself = watcher.number === changed.number && watcher.device === changed.device;
      return isItself ? [] : [{ to: watcher, stanza: this.#notification(change, phone, changed.device, mode) }];
    });
    this.#postOffice.post(letters);
  }

  #notification(change: string, phone: Phone, device: number, mode: "pn" | "lid"): Stanza {
    const attributes = {
      from: deviceJidIn(mode, phone, 0),
      type: "devices",
      id: randomBytes(8).toString("hex"),
      t: unixSeconds(this.#world.now()),
    };
    const entry = stanza("device", { jid: deviceJidIn(mode, phone, device), "key-index": String(device) });
    return stanza("notification", attributes, [stanza(change, {}, [entry])]);
  }
}
