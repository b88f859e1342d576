import { setImmediate } from "node:timers/promises";
import { expect, it } from "vitest";
import type { LiveSocket } from "../../socket-host/live-socket.ts";
import { OutboxDrain } from "../../socket-host/outbox-drain.ts";
import type { Sending } from "../../socket-host/send-message.ts";
import { Tries } from "../../socket-host/tries.ts";

it("an outbox that is rung as its socket goes comes to rest, and lets everything else go on", async () => {
  const drain = new OutboxDrain({ tries: new Tries() } as Sending);
  drain.use({ socket: {} as LiveSocket["socket"], gone: AbortSignal.abort() });
  drain.ring();
  await setImmediate();
  await drain.stop();
  expect(drain).toBeDefined();
});
