import { randomBytes } from "node:crypto";
import type { DeviceAddress } from "./device-address.ts";
import type { KeyBundle } from "./key-bundle.ts";
import type { PostOffice } from "./post-office.ts";
import { SERVER_JID, stanza, unixSeconds } from "./stanza.ts";
import type { World } from "./world.ts";

/** Below this many one-time pre-keys a companion is told to upload more; Baileys acts on a count under 5. */
const PRE_KEYS_LOW = 5;

/** Hands out the keys that one needs to write to a device, and asks the device for more when they run low. */
export class KeyDirectory {
  readonly #world: World;
  readonly #postOffice: PostOffice;

  constructor(world: World, postOffice: PostOffice) {
    this.#world = world;
    this.#postOffice = postOffice;
  }

  /** The device's bundle, or undefined where there is no such device. */
  takeBundle(address: DeviceAddress): KeyBundle | undefined {
    const { phones, devices } = this.#world;
    if (address.device === 0) return phones.find(address.number) && phones.issueBundle(address.number);
    const bundle = devices.takeBundle(address);
    if (bundle) this.#askForMoreWhenLow(address);
    return bundle;
  }

  #askForMoreWhenLow(address: DeviceAddress): void {
    const count = this.#world.devices.preKeyCount(address);
    if (count >= PRE_KEYS_LOW) return;
    const attributes = {
      from: SERVER_JID,
      type: "encrypt",
      id: randomBytes(8).toString("hex"),
      t: unixSeconds(this.#world.now()),
    };
    const notification = stanza("notification", attributes, [stanza("count", { value: String(count) })]);
    this.#postOffice.post([{ to: address, stanza: notification }]);
  }
}
