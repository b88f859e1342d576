import { Mutex } from "../keys/mutex.ts";

/** The WebSocket beneath Baileys', as far as it is used here. */
export interface RawSocket {
  send(data: Uint8Array, told: (error?: Error) => void): void;
  close(): void;
  /** Cuts the connection without a word. */
  terminate(): void;
  once(event: "close", listener: () => void): unknown;
}

/**
 * Holds every frame back until what was decided before it is durable. Baileys writes a message before it commits the
 * ratchet that encrypted it, and answers a pairing before anyone could store the credentials; both would be gone after
 * a crash at the wrong moment. Frames leave in the order they were made, since each is numbered by its encryption.
 * After `shut`, or once something could not be made durable, nothing leaves any more.
 */
export function holdBackFrames(socket: RawSocket, durable: () => Promise<void>): { shut(): void } {
  const order = new Mutex();
  const send = socket.send.bind(socket);
  let shut = false;
  socket.send = (data, told) => {
    const failed = durable().then(
      () => undefined,
      (error: unknown) => error,
    );
    void order.run(async () => {
      const error = await failed;
      if (error !== undefined) shut = true;
      if (shut) told(new Error("nothing leaves this socket any more", { cause: error }));
      else send(data, told);
    });
  };
  return {
    shut: () => {
      shut = true;
    },
  };
}

/** Closes with the closing handshake if the other side answers in time, and cuts the connection if it does not. */
export async function closeWithin(socket: RawSocket, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const closed = new Promise<void>(resolve => socket.once("close", resolve));
  const late = new Promise<void>(resolve => {
    timer = setTimeout(resolve, limitMs);
  });
  socket.close();
  await Promise.race([closed, late]);
  clearTimeout(timer);
  socket.terminate();
}
