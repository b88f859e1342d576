import { pause } from "./loop.ts";
import { openSocket, type SocketOptions } from "./socket-slot.ts";

/**
 * Logs a session out that has no socket now: opens one for this alone. Answers whether WhatsApp was told; it may be out
 * of reach, or have forgotten the device already, and then there is nothing more to do.
 */
export async function logOutOnce(options: SocketOptions, withinMs: number): Promise<boolean> {
  const over = new AbortController();
  let told = false;
  const socket = openSocket(options, {
    turn: () => {},
    event: () => over.abort(),
    ready: () => {},
    opened: () => {
      const live = socket.live;
      if (live === undefined) return over.abort();
      void live.socket
        .logout()
        .then(() => {
          told = true;
        })
        .finally(() => over.abort());
    },
    acked: () => {},
    receipt: () => Promise.reject(new Error("the session is being deleted")),
    call: () => Promise.reject(new Error("the session is being deleted")),
    group: () => Promise.reject(new Error("the session is being deleted")),
    groupsStale: () => {},
    timeLock: () => {},
    names: () => {},
    alive: () => {},
  });
  await pause(withinMs, [over.signal]);
  await socket.close();
  return told;
}
