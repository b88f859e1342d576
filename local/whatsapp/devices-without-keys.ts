import { randomBytes } from "node:crypto";
import type { DeviceAddress } from "./device-address.ts";

const textOfCode: Readonly<Record<string, string>> = { 404: "item-not-found", 406: "not-acceptable" };

/**
 * Devices that stand in their person's device list and have no keys, as a companion that was unlinked some time ago does
 * (measured: Baileys#2521 saw 406, Baileys#1865 saw 404, each for one device beside good ones). POST /faults
 * {kind: "no_keys"} adds one.
 */
export class DevicesWithoutKeys {
  #refusals: (DeviceAddress & { readonly code: string })[] = [];

  /** The fault's id. */
  add({ number, device, code }: DeviceAddress & { readonly code: string }): string {
    this.#refusals.push({ number, device, code });
    return randomBytes(6).toString("hex");
  }

  /** The devices of a phone that have no keys. */
  devicesOf(number: string): number[] {
    return this.#refusals.filter(refusal => refusal.number === number).map(({ device }) => device);
  }

  /** What a query for the device's keys is answered; undefined where it has keys. */
  refusalOf(address: DeviceAddress): { code: string; text: string | undefined } | undefined {
    const found = this.#refusals.find(({ number, device }) => number === address.number && device === address.device);
    return found && { code: found.code, text: textOfCode[found.code] };
  }

  clear(): void {
    this.#refusals = [];
  }
}
