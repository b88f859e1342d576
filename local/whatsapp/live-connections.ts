import type { Connection } from "./connection.ts";
import { addressKey, type DeviceAddress } from "./device-address.ts";

/** The sockets that are there now: all of them, and the one that each device is logged in on. */
export class LiveConnections {
  readonly #all = new Set<Connection>();
  readonly #byDevice = new Map<string, Connection>();

  get count(): number {
    return this.#all.size;
  }

  add(connection: Connection): void {
    this.#all.add(connection);
  }

  /** Makes this the device's socket and gives the open one that was it until now. */
  logIn(address: DeviceAddress, connection: Connection): Connection | undefined {
    const older = this.#byDevice.get(addressKey(address));
    connection.address = address;
    this.#byDevice.set(addressKey(address), connection);
    return older?.isOpen ? older : undefined;
  }

  remove(connection: Connection): void {
    this.#all.delete(connection);
    const { address } = connection;
    if (address && this.#byDevice.get(addressKey(address)) === connection) this.#byDevice.delete(addressKey(address));
  }

  of(address: DeviceAddress): Connection | undefined {
    return this.#byDevice.get(addressKey(address));
  }

  /** The logged-in sockets, of one phone's devices or of everybody's. */
  loggedIn(number?: string): Connection[] {
    return [...this.#byDevice.values()].filter(({ address }) => number === undefined || address?.number === number);
  }

  all(): Connection[] {
    return [...this.#all];
  }
}
