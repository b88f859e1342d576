import type { Connection } from "./connection.ts";
import type { Disconnect } from "./faults.ts";
import type { Linking } from "./linking.ts";
import { stanza } from "./stanza.ts";
import type { World } from "./world.ts";

/** Ends connections on request, in each of the ways in which WhatsApp ends them. */
export class Disconnects {
  readonly #world: World;
  readonly #linking: Linking;

  constructor(world: World, linking: Linking) {
    this.#world = world;
    this.#linking = linking;
  }

  /**
   * Ends the logged-in connections of one phone's companions, or everybody's, and says how many those were. A line that
   * is cut for everybody is cut for clients that wait to be linked as well.
   */
  applyToAll(disconnect: Disconnect, number: string | undefined): number {
    const { live } = this.#world;
    const isForAll = disconnect.kind === "drop" && number === undefined;
    const connections = isForAll ? live.all() : live.loggedIn(number);
    for (const connection of connections) this.apply(connection, disconnect);
    return connections.length;
  }

  apply(connection: Connection, disconnect: Disconnect): void {
    switch (disconnect.kind) {
      case "stream_error":
        connection.sendAndClose(stanza("stream:error", { code: disconnect.code }));
        return;
      case "failure":
        connection.sendAndClose(stanza("failure", { reason: disconnect.code, location: "simulated" }));
        return;
      case "conflict":
        this.#conflict(connection, disconnect.code);
        return;
      case "drop":
        connection.cut();
        return;
      default:
        disconnect satisfies never;
    }
  }

  #conflict(connection: Connection, type: "replaced" | "device_removed"): void {
    // To WhatsApp this conflict is a fact, not a threat: the device is gone from the phone.
    if (type === "device_removed" && connection.address) this.#linking.unlink(connection.address);
    else connection.sendAndClose(stanza("stream:error", {}, [stanza("conflict", { type })]));
  }
}
