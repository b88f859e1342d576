import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLog } from "../../../domain/log.ts";
import { type DataKeys, kmsDataKeys } from "../../../domain/secret/envelope.ts";
import type { AwsHooks } from "../../../local/installation/cloud.ts";
import { type RunningWhatsApp, startWhatsApp } from "../../../local/whatsapp/server.ts";
import { type BaileysEngineOptions, baileysEngine } from "../../../socket-host/baileys/engine.ts";
import type { WhatsAppEngine } from "../../../socket-host/whatsapp-port.ts";
import { type EmulatedAws, emulatedAws } from "../../emulated-aws.ts";
import { ControlClient } from "../../local/whatsapp/control-client.ts";
import { TestSession } from "./test-session.ts";

type EngineOptions = Pick<BaileysEngineOptions, "qrLifetimeMs" | "offlineStallMs" | "deviceName">;

export const log = openLog({ name: "test", level: process.env.TEST_LOG ?? "silent" });

/** The emulated AWS, a simulated WhatsApp and the engine that speaks to it, in this process. */
export class Stage {
  readonly aws: EmulatedAws;
  readonly dataKeys: DataKeys;
  readonly whatsapp: RunningWhatsApp;
  readonly control: ControlClient;
  readonly engine: WhatsAppEngine;
  readonly #dataDir: string;
  readonly #sessions: TestSession[] = [];

  constructor(aws: EmulatedAws, whatsapp: RunningWhatsApp, dataDir: string, engine: EngineOptions = {}) {
    this.aws = aws;
    this.whatsapp = whatsapp;
    this.#dataDir = dataDir;
    this.dataKeys = kmsDataKeys(aws.environment.ENCRYPTION_KEY_ARN ?? "");
    this.control = new ControlClient(whatsapp.controlUrl);
    this.engine = baileysEngine({
      webSocketUrl: whatsapp.websocketUrl,
      noiseRoot: whatsapp.noiseRoot.toString("base64"),
      ...engine,
    });
  }

  static async open(options: AwsHooks & EngineOptions & { forgeChain?: boolean } = {}): Promise<Stage> {
    const { forgeChain = false, qrLifetimeMs, offlineStallMs, deviceName, ...hooks } = options;
    const dataDir = mkdtempSync(join(tmpdir(), "whatsapp-"));
    const aws = await emulatedAws(hooks);
    const whatsapp = await startWhatsApp({ dataDir, websocketPort: 0, controlPort: 0, log, forgeChain });
    return new Stage(aws, whatsapp, dataDir, { qrLifetimeMs, offlineStallMs, deviceName });
  }

  /** A session of a tenant of its own, with nothing stored. */
  session(): TestSession {
    const session = new TestSession(this);
    this.#sessions.push(session);
    return session;
  }

  /** A session that a new phone with this number has linked, and that is connected. */
  async linked(number: string): Promise<TestSession> {
    await this.control.createPhone(number, `Phone ${number}`);
    const session = this.session();
    await session.link(number);
    return session;
  }

  async close(): Promise<void> {
    for (const session of this.#sessions) await session.socket?.close();
    await this.whatsapp.close();
    await this.aws[Symbol.asyncDispose]();
    rmSync(this.#dataDir, { recursive: true });
  }
}
