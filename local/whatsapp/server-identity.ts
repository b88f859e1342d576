import { Curve, type KeyPair } from "@whiskeysockets/baileys";
import { encodeCertificateChain, type ServerKeys } from "./certificate-chain.ts";
import type { Faults } from "./faults.ts";

const LONG_AGO_SECONDS = 1_700_086_400;

/**
 * The key and the certificates that the server shows in a handshake: its own, unless a fault says otherwise. A chain that
 * is genuine and shown with another key is what anybody can do who once connected to WhatsApp.
 */
export class ServerIdentity {
  readonly #keys: ServerKeys;
  readonly #isForged: boolean;
  readonly #faults: Faults;

  constructor(keys: ServerKeys, isForged: boolean, faults: Faults) {
    this.#keys = keys;
    this.#isForged = isForged;
    this.#faults = faults;
  }

  present(): { readonly leaf: KeyPair; readonly certificateChain: Uint8Array } {
    const fault = this.#faults.certificateFault;
    const leaf = fault === "replayed" ? Curve.generateKeyPair() : this.#keys.leaf;
    const notAfter = fault === "expired" ? LONG_AGO_SECONDS : undefined;
    return { leaf, certificateChain: encodeCertificateChain(this.#keys, this.#isForged, notAfter) };
  }
}
