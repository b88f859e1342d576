import { randomBytes, randomInt } from "node:crypto";
import { Curve, getBinaryNodeChild, hmacSign, proto, WA_ADV_ACCOUNT_SIG_PREFIX } from "@whiskeysockets/baileys";
import type { Connection } from "./connection.ts";
import { deviceJidIn } from "./device-address.ts";
import type { DeviceRegistration } from "./linked-devices.ts";
import type { Linking } from "./linking.ts";
import { PairingFailed } from "./pairing-failed.ts";
import type { Phone } from "./phones.ts";
import { SERVER_JID, type Stanza, stanza, unixSeconds } from "./stanza.ts";
import type { World } from "./world.ts";

const ANSWER_TIMEOUT_MS = 10_000;
/** How a pairing ends: the client starts over with the keys that it now has. */
const RESTART_REQUIRED = stanza("stream:error", { code: "515" });

/** A client that asks to be linked, and the Signal identity it will have. */
export interface Candidate {
  readonly connection: Connection;
  readonly registration: DeviceRegistration;
}

/** What the phone says of its account (read: whatsapp-rust#943, zapo WaMobileCoordinator). */
function clientProps({ lidMigrated }: Phone): Uint8Array {
  return proto.ClientPairingProps.encode({ isChatDbLidMigrated: lidMigrated }).finish();
}

interface Expected {
  readonly iqId: string;
  readonly settle: (accepted: boolean) => void;
}

/**
 * The end of every pairing, by QR and by code alike:
 *
 *     pair-success sent ──pair-device-sign──▶ linked, 515
 */
export class PairSuccess {
  readonly #world: World;
  readonly #linking: Linking;
  readonly #expected = new Map<Connection, Expected>();

  constructor(world: World, linking: Linking) {
    this.#world = world;
    this.#linking = linking;
  }

  /** Asks for the account's passkey where it has one; then the link is finished later. */
  asksForPasskey: (candidate: Candidate, phone: Phone, advSecret: Buffer) => boolean = () => false;

  /**
   * Links the client to the phone under the secret that both have; resolves with the new device's number. Throws
   * PairingFailed where the client is too old, or the account asks for a passkey first.
   */
  async complete(candidate: Candidate, phone: Phone, advSecret: Buffer): Promise<number> {
    if (!this.#world.versions.mayLink(candidate.connection)) {
      throw new PairingFailed("couldnt_link_device", "Couldn't link device. The client's version is too old to link.");
    }
    if (this.asksForPasskey(candidate, phone, advSecret)) {
      throw new PairingFailed(
        "passkey_required",
        "WhatsApp asks for the account's passkey; the link goes on after that.",
      );
    }
    return this.finish(candidate, phone, advSecret);
  }

  /** Makes the link; nothing asks for anything any more. */
  async finish({ connection, registration }: Candidate, phone: Phone, advSecret: Buffer): Promise<number> {
    const device = this.#world.phones.takeDeviceNumber(phone.number);
    const identity = this.#signIdentity(phone, device, registration.identityKey, advSecret);
    const accepted = await this.#offer(connection, phone, device, identity);
    if (!accepted) throw new PairingFailed("client_did_not_answer", "The client did not complete the pairing.");
    this.#linking.link(phone, device, registration);
    connection.sendAndClose(RESTART_REQUIRED);
    return device;
  }

  /** The client's side of it: only its answer to pair-success matters. */
  received(connection: Connection, received: Stanza): void {
    const expected = this.#expected.get(connection);
    const isAnswer = received.tag === "iq" && received.attrs.type === "result" && received.attrs.id === expected?.iqId;
    if (isAnswer) expected?.settle(getBinaryNodeChild(received, "pair-device-sign") !== undefined);
  }

  closed(connection: Connection): void {
    this.#expected.get(connection)?.settle(false);
  }

  #offer(connection: Connection, phone: Phone, device: number, identity: Uint8Array): Promise<boolean> {
    const id = iqId();
    return new Promise(resolve => {
      const settle = (accepted: boolean) => {
        clearTimeout(timer);
        this.#expected.delete(connection);
        resolve(accepted);
      };
      const timer = setTimeout(() => settle(false), ANSWER_TIMEOUT_MS);
      this.#expected.set(connection, { iqId: id, settle });
      const pairSuccess = stanza("pair-success", {}, [
        stanza("device-identity", {}, identity),
        stanza("device", { jid: deviceJidIn("pn", phone, device), lid: deviceJidIn("lid", phone, device) }),
        stanza("platform", { name: "android" }),
        stanza("client-props", {}, clientProps(phone)),
      ]);
      connection.send(serverIq(id, [pairSuccess], this.#world.now()));
    });
  }

  /** The phone vouches for the companion's identity key, under the secret that the QR or the code brought over. */
  #signIdentity(phone: Phone, device: number, identityKey: Buffer, advSecret: Buffer): Uint8Array {
    const { signedIdentityKey } = this.#world.phones.credentials(phone.number);
    const details = proto.ADVDeviceIdentity.encode({
      rawId: randomInt(1, 2 ** 31),
      timestamp: Number(unixSeconds(this.#world.now())),
      keyIndex: device,
      accountType: proto.ADVEncryptionType.E2EE,
      deviceType: proto.ADVEncryptionType.E2EE,
    }).finish();
    const signed = Buffer.concat([WA_ADV_ACCOUNT_SIG_PREFIX, details, identityKey]);
    const accountSignature = Curve.sign(signedIdentityKey.private, signed);
    const identity = proto.ADVSignedDeviceIdentity.encode({
      details,
      accountSignatureKey: signedIdentityKey.public,
      accountSignature,
    }).finish();
    return proto.ADVSignedDeviceIdentityHMAC.encode({
      details: identity,
      hmac: hmacSign(identity, advSecret),
    }).finish();
  }
}

/** A request of the server's to a client that is not logged in. */
export function serverIq(id: string, content: Stanza[], nowMs: number): Stanza {
  return stanza("iq", { from: SERVER_JID, type: "set", id, xmlns: "md", t: unixSeconds(nowMs) }, content);
}

export function iqId(): string {
  return randomBytes(8).toString("hex");
}
