import { randomBytes } from "node:crypto";

/**
 * Accounts whose picture of their groups is out of date: a message to a group is a 421 until the group is asked for (read:
 * zapo's STALE_GROUP_ADDRESSING_MODE, and that it asks and sends once more). POST /faults {kind: "stale_groups"} makes one so.
 */
export class StaleGroups {
  readonly #numbers = new Set<string>();

  /** The fault's id. */
  add(number: string): string {
    this.#numbers.add(number);
    return randomBytes(6).toString("hex");
  }

  has(number: string): boolean {
    return this.#numbers.has(number);
  }

  /** The account has asked for a group. */
  asked(number: string): void {
    this.#numbers.delete(number);
  }

  clear(): void {
    this.#numbers.clear();
  }
}
