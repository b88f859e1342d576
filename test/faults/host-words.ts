import type { Logger } from "../../local/aws/logger.ts";
import type { PhaseChange, WireSend } from "./history.ts";

interface HostLine {
  readonly time: string;
  readonly level: string;
  readonly message: string;
  readonly hostId?: string;
  readonly sessionId?: string;
  readonly messageId?: string;
  readonly epoch?: number;
  readonly latencyMs?: number;
  readonly to?: string;
  readonly error?: unknown;
}

/** What the installation logs: the hosts' own words of their connections and sends, and all of it for a timeline. */
export class HostWords {
  readonly phases: PhaseChange[] = [];
  readonly sends: WireSend[] = [];
  readonly lines: { atMs: number; source: string; line: Record<string, unknown> }[] = [];

  get logger(): Logger {
    const at =
      (level: string) =>
      (message: string, fields: Readonly<Record<string, unknown>> = {}) => {
        const output = fields.output as HostLine | undefined;
        const source = String(fields.source ?? "runner");
        const line = output === undefined ? { level, message, ...fields } : { ...output };
        this.lines.push({ atMs: output === undefined ? Date.now() : Date.parse(output.time), source, line });
        if (output !== undefined) this.#hear(output);
      };
    return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  }

  #hear({ time, message, hostId, sessionId, messageId, epoch, to, latencyMs = 0 }: HostLine): void {
    if (hostId === undefined || sessionId === undefined) return;
    const atMs = Date.parse(time);
    if (message === "connection changed" && to !== undefined) this.phases.push({ atMs, hostId, sessionId, to });
    if (message === "message sent to whatsapp" && messageId !== undefined && epoch !== undefined) {
      // The line comes with WhatsApp's word; the message left before.
      this.sends.push({ atMs: atMs - latencyMs, hostId, sessionId, messageId, epoch });
    }
  }
}
