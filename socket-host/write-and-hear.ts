import { isGroup } from "../domain/jid.ts";
import type { AckOutcome, Acks } from "./acks.ts";
import { restrictedCode } from "./failures.ts";
import type { Hold } from "./hold.ts";
import type { LiveSocket } from "./live-socket.ts";
import type { Restriction } from "./restriction.ts";
import type { OutgoingPayload } from "./whatsapp-port.ts";

export const ackWithinMs = 20_000;
/** The first message to a group of a thousand takes a while to encrypt, and whatever else is sent meanwhile waits for it. */
const leaveWithinMs = 5 * 60_000;

interface Writing {
  readonly hold: Hold;
  readonly acks: Acks;
  readonly restriction: Pick<Restriction, "isLocked">;
}

/** What was known of a group, or how it names people, is out of date (zapo, WA_NACK_REASONS). */
const staleGroupCode = "421";
/** Codes that WhatsApp refuses a message with for how it names its recipient, among other reasons (OpenWA#717, whatsapp-rust#943). */
const maybeMisaddressed = new Set(["400", "463", "479"]);

/**
 * Puts a kept payload on the wire, and answers WhatsApp's word on it. One that may have been refused for the name it was
 * sent to goes out once more, under the same id, to the person's other name; where that is refused too, the first refusal
 * counts.
 */
export async function writeAndHear(sending: Writing, message: OutgoingPayload, live: LiveSocket): Promise<AckOutcome> {
  const first = await writeOnce(sending, message, live);
  // The socket has forgotten the group, and asks for it anew.
  if (first.outcome === "nacked" && first.code === staleGroupCode) return writeOnce(sending, message, live);
  if (first.outcome !== "nacked" || !maybeMisaddressed.has(first.code) || isGroup(message.to)) return first;
  // While the account is locked every try at somebody new makes it worse (lib/Socket/messages-recv.js).
  if (first.code === restrictedCode && (await sending.restriction.isLocked(live.socket))) return first;
  if (!(await live.socket.readdress(message.to, first.code))) return first;
  const second = await writeOnce(sending, message, live);
  if (second.outcome !== "nacked") return second;
  await live.socket.readdress(message.to, second.code);
  return first;
}

async function writeOnce({ hold, acks }: Writing, message: OutgoingPayload, live: LiveSocket): Promise<AckOutcome> {
  hold.check();
  if (live.gone.aborted) return { outcome: "lost" };
  const expected = acks.expect(message.waMessageId, { leaveWithinMs, ackWithinMs }, live.gone);
  const written = live.socket.send(message);
  // The ack may come before `send` resolves, and a socket that dies may never resolve it: whichever tells first.
  const failed = written.then(() => {
    expected.left();
    return new Promise<never>(() => {});
  });
  return Promise.race([expected.outcome, failed]);
}
