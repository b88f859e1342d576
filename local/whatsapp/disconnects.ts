import { randomBytes } from "node:crypto";
import type { Connection } from "./connection.ts";
import type { Disconnect } from "./faults.ts";
import type { Linking } from "./linking.ts";
import { type Stanza, stanza } from "./stanza.ts";
import type { World } from "./world.ts";

/**
 * Read in whatsmeow connectionevents.go: 402 carries `code` and, in seconds, `expire`; 403 carries words for the person.
 * That 403 means a locked account and 406 a banned one is read in whatsmeow types/events, after WhatsApp Web's names.
 */
function failure({ code, expire, message }: Extract<Disconnect, { kind: "failure" }>): Stanza {
  return stanza("failure", {
    reason: code,
    location: "simulated",
    code: code === "402" ? "101" : undefined,
    expire: expire === undefined ? undefined : String(expire),
    logout_message_header: message,
  });
}

/** Reported in public (Baileys#1910): a stanza that nobody acknowledged, or one that the server could not read. */
function streamRefusal(reason: "ack" | "xml-not-well-formed"): Stanza {
  const attributes = reason === "ack" ? { class: "receipt", id: randomBytes(8).toString("hex") } : {};
  return stanza("stream:error", {}, [stanza(reason, attributes)]);
}

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
        connection.sendAndClose(failure(disconnect));
        return;
      case "stream_refusal":
        connection.sendAndClose(streamRefusal(disconnect.reason));
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
