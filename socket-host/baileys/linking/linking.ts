import { randomBytes } from "node:crypto";
import {
  type BinaryNode,
  buildPairingQRData,
  getBinaryNodeChild,
  getBinaryNodeChildBuffer,
  getBinaryNodeChildren,
  S_WHATSAPP_NET,
  type WASocket,
} from "@whiskeysockets/baileys";
import type { Disconnect, OpenOptions } from "../../whatsapp-port.ts";
import { askForPairingCode, PairingCodeRefused, type TakenCode } from "./pairing-code.ts";
import { PasskeyCeremony } from "./passkey-ceremony.ts";
import { QrClock } from "./qr-clock.ts";

export interface LinkingParts {
  readonly sock: WASocket;
  readonly options: OpenOptions;
  readonly now: () => number;
  /** How long each QR is shown, in milliseconds; as long as WhatsApp Web shows it where undefined. */
  readonly qrLifetimeMs: number | undefined;
  /** The browser that the registration names, as Baileys takes it. */
  readonly browser: [string, string, string];
}

/** The socket that is being linked. */
export interface LinkingSocket {
  isEnded(): boolean;
  end(cause: Disconnect): void;
  /** The credentials were changed: resolves with true once that is durable, false where it never will be. */
  credentialsChanged(): Promise<boolean>;
}

/** How long a phone that has typed the code may take until WhatsApp says that the two are linked. */
const phoneAnswerMs = 120_000;

const ranOut: Disconnect = { kind: "qr_timeout", statusCode: 408, detail: "QR refs attempts ended" };

/**
 * What WhatsApp and a client that is not linked yet say to each other: QRs, a pairing code, and notifications. Baileys
 * sees of it what a phone answers to a code, and `pair-success`. Everything else is done here, because Baileys
 * 7.0.0-rc14 ends the socket after 160 s whatever is under way, takes no notice of `companion_reg_refresh` (Baileys#2737)
 * and acknowledges no notification before it knows its number.
 */
export class Linking {
  readonly #parts: LinkingParts;
  readonly #socket: LinkingSocket;
  readonly #qrs: QrClock;
  readonly passkey: PasskeyCeremony;
  #code: TakenCode | undefined;
  #wasOffered = false;
  /** Until when a phone that has begun to link may take, by `now`. */
  #underWayUntilMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: LinkingParts, socket: LinkingSocket) {
    this.#parts = parts;
    this.#socket = socket;
    this.passkey = new PasskeyCeremony({
      sock: parts.sock,
      now: parts.now,
      log: parts.options.log,
      credentialsChanged: () => socket.credentialsChanged(),
      tell: step => parts.options.listener.passkey(step),
      end: cause => socket.end(cause),
    });
    this.#qrs = new QrClock({
      lifetimeMs: parts.qrLifetimeMs,
      now: parts.now,
      draw: ref => this.#drawn(ref),
      show: (code, expiresAtMs) => parts.options.listener.qr(code, expiresAtMs),
      ranOut: () => this.#ranOut(),
    });
  }

  /** WhatsApp gives the refs that QRs are made of. Baileys is not told: its clock cannot be stopped. */
  async offered(stanza: BinaryNode): Promise<void> {
    const refs = getBinaryNodeChildren(getBinaryNodeChild(stanza, "pair-device"), "ref");
    const result = { to: S_WHATSAPP_NET, type: "result", id: stanza.attrs.id ?? "" };
    await this.#parts.sock.sendNode({ tag: "iq", attrs: result });
    this.#qrs.start(refs.map(textOf));
    const isFirst = !this.#wasOffered;
    this.#wasOffered = true;
    // Once a socket: a second code would make the first one worthless, and WhatsApp limits how often one may ask.
    if (isFirst) await this.#askForCode();
  }

  /** Whether Baileys may see a notification that came before the link was made. */
  async notified(stanza: BinaryNode): Promise<boolean> {
    const { type, from } = stanza.attrs;
    if (from !== S_WHATSAPP_NET && from !== "s.whatsapp.net") return false;
    if (type === "link_code_companion_reg") return this.#codeNotified(stanza);
    if (type === "companion_reg_refresh") await this.#refreshed();
    if (this.#socket.isEnded()) return false;
    await this.#acknowledge(stanza);
    if (type === "companion_reg_refresh") this.#qrs.redraw();
    if (type === "passkey_prologue_request") await this.#passkeyRequested(stanza);
    if (type === "crsc_continuation") await this.passkey.continued(stanza);
    return false;
  }

  /** From now on the ceremony has clocks of its own, and no QR leads anywhere. */
  async #passkeyRequested(stanza: BinaryNode): Promise<void> {
    clearTimeout(this.#timer);
    this.#qrs.stop();
    await this.passkey.requested(stanza);
  }

  /** The link is made, or its socket has ended. */
  stop(): void {
    clearTimeout(this.#timer);
    this.passkey.stop();
    this.#qrs.stop();
  }

  /**
   * WhatsApp retires the secret of the QR that is shown, mostly just after somebody scanned it. What comes over by the
   * next scan is a new one, except where a code was typed: its secret is one that the phone has derived as well.
   */
  async #refreshed(): Promise<void> {
    if (this.#parts.now() < this.#underWayUntilMs || this.passkey.isUnderWay) return;
    this.#parts.sock.authState.creds.advSecretKey = randomBytes(32).toString("base64");
    await this.#socket.credentialsChanged();
  }

  async #codeNotified(stanza: BinaryNode): Promise<boolean> {
    const said = getBinaryNodeChild(stanza, "link_code_companion_reg");
    const ref = said && getBinaryNodeChildBuffer(said, "link_code_pairing_ref");
    const isOurs = ref !== undefined && this.#code?.ref.equals(ref) === true;
    const stage = said?.attrs.stage;
    if (isOurs && (stage === undefined || stage === "primary_hello")) {
      this.#underWayUntilMs = this.#parts.now() + phoneAnswerMs;
      return true;
    }
    await this.#acknowledge(stanza);
    if (isOurs && stage === "refresh_code") await this.#askForCode();
    return false;
  }

  async #askForCode(): Promise<void> {
    const { sock, options } = this.#parts;
    const { listener, settings, log } = options;
    if (settings.pairingNumber === null) return;
    try {
      this.#code = await askForPairingCode(sock, settings.pairingNumber.replace("+", ""));
      await this.#socket.credentialsChanged();
      if (!this.#socket.isEnded()) listener.pairingCode(this.#code.code);
    } catch (error) {
      if (this.#socket.isEnded()) return;
      if (!(error instanceof PairingCodeRefused)) throw error;
      log.warn("pairing code refused", { statusCode: error.statusCode });
      listener.pairingCodeRefused(error.statusCode);
    }
  }

  /** The last QR has expired. A link that a phone has begun goes on. */
  #ranOut(): void {
    const leftMs = this.#underWayUntilMs - this.#parts.now();
    if (leftMs <= 0) this.#socket.end(ranOut);
    else this.#timer = setTimeout(() => this.#socket.end(ranOut), leftMs);
  }

  #drawn(ref: string): string {
    const { creds } = this.#parts.sock.authState;
    const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
    const { noiseKey, signedIdentityKey, advSecretKey } = creds;
    const keys = [base64(noiseKey.public), base64(signedIdentityKey.public)] as const;
    return buildPairingQRData(ref, ...keys, advSecretKey, this.#parts.browser);
  }

  async #acknowledge({ attrs }: BinaryNode): Promise<void> {
    const { id = "", type = "" } = attrs;
    await this.#parts.sock.sendNode({ tag: "ack", attrs: { id, class: "notification", to: S_WHATSAPP_NET, type } });
  }
}

function textOf({ content }: BinaryNode): string {
  return typeof content === "string" ? content : Buffer.from(content instanceof Uint8Array ? content : []).toString();
}
