import { type AddressingMode, deviceJidIn } from "./device-address.ts";
import type { Phone } from "./phones.ts";

/** The device of a business whose account WhatsApp hosts (read: whatsmeow types/jid.go, HostedServer and device 99). */
const HOSTED_DEVICE = 99;

/** How a stanza names the device that wrote it: a hosted business has no phone, and writes as device 99 of servers of its own. */
export function writerJid(mode: AddressingMode, phone: Phone, device: number): string {
  if (device !== 0 || !phone.addressing.startsWith("hosted")) return deviceJidIn(mode, phone, device);
  return mode === "lid" ? `${phone.lid}:${HOSTED_DEVICE}@hosted.lid` : `${phone.number}:${HOSTED_DEVICE}@hosted`;
}
