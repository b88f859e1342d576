import type { WhatsAppSocket } from "./whatsapp-port.ts";

/** A socket that is logged in, and the signal that it is gone. */
export interface LiveSocket {
  readonly socket: WhatsAppSocket;
  readonly gone: AbortSignal;
}
