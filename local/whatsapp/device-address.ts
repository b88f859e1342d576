/** One device of one person: 0 is the phone itself, every other a companion that the phone has linked. */
export interface DeviceAddress {
  readonly number: string;
  readonly device: number;
}

/** Which of a person's two names a stanza uses: the phone number or the LID. */
export type AddressingMode = "pn" | "lid";

export function phoneJid(number: string): string {
  return `${number}@s.whatsapp.net`;
}

export function lidJid(lid: string): string {
  return `${lid}@lid`;
}

export function deviceJid({ number, device }: DeviceAddress): string {
  return device === 0 ? phoneJid(number) : `${number}:${device}@s.whatsapp.net`;
}

function deviceLidJid(lid: string, device: number): string {
  return device === 0 ? lidJid(lid) : `${lid}:${device}@lid`;
}

export function addressKey({ number, device }: DeviceAddress): string {
  return `${number}:${device}`;
}

/** The name of one of a person's devices, by number or by LID. */
export function deviceJidIn(
  mode: AddressingMode,
  person: { readonly number: string; readonly lid: string },
  device: number,
): string {
  return mode === "lid" ? deviceLidJid(person.lid, device) : deviceJid({ number: person.number, device });
}

/** The addressing mode that a JID is spelt in. */
export function modeOf(jid: string): AddressingMode {
  return /[@.]lid$/.test(jid) ? "lid" : "pn";
}
