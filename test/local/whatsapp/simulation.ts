import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLog } from "../../../domain/log.ts";
import { type RunningWhatsApp, startWhatsApp } from "../../../local/whatsapp/server.ts";
import { BaileysClient } from "./baileys-client.ts";
import { ControlClient } from "./control-client.ts";

export function jid(number: string): string {
  return `${number}@s.whatsapp.net`;
}

/** A simulated WhatsApp in this process, on a data folder of its own, and the clients that were linked to it. */
export class Simulation {
  readonly dataDir = mkdtempSync(join(tmpdir(), "whatsapp-"));
  readonly #clients: BaileysClient[] = [];
  #running: RunningWhatsApp | undefined;
  #control: ControlClient | undefined;

  static async start(options: { forgeChain?: boolean } = {}): Promise<Simulation> {
    const simulation = new Simulation();
    await simulation.#start(options);
    return simulation;
  }

  get server(): RunningWhatsApp {
    if (!this.#running) throw new Error("not started");
    return this.#running;
  }

  get control(): ControlClient {
    if (!this.#control) throw new Error("not started");
    return this.#control;
  }

  /** A client that is not linked yet. */
  client(): BaileysClient {
    const client = new BaileysClient(this.server);
    this.#clients.push(client);
    return client;
  }

  /** A client that the phone with this number has linked and that is logged in. */
  async linked(number: string): Promise<BaileysClient> {
    const client = this.client();
    await client.link(this.control.scan(number));
    return client;
  }

  /** Stops it in good order and starts it again on the same data and the same ports. */
  async restart(): Promise<void> {
    const ports = [this.server.websocketUrl, this.server.controlUrl].map(url => Number(new URL(url).port));
    await this.server.close();
    await this.#start({}, ports);
  }

  async close(): Promise<void> {
    for (const client of this.#clients) await client.disconnect();
    await this.server.close();
    rmSync(this.dataDir, { recursive: true });
  }

  async #start(options: { forgeChain?: boolean }, [websocketPort = 0, controlPort = 0]: number[] = []): Promise<void> {
    const log = openLog({ name: "whatsapp", level: process.env.WHATSAPP_LOG ?? "silent" });
    this.#running = await startWhatsApp({ dataDir: this.dataDir, websocketPort, controlPort, log, ...options });
    // The clients are stock Baileys, which writes to numbers and knows no tokens for first contacts.
    this.#control = new ControlClient(this.#running.controlUrl, { lidMigrated: false, asksForTokens: false });
  }
}
