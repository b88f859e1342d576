// See fauxqs.ts for why these are reached by path.
import { SqsQueue, type SqsStore } from "../../node_modules/fauxqs/dist/sqs/sqsStore.js";

const tickMs = 50;

/**
 * Moves delayed messages, and those whose visibility timeout is over, to where a waiting receiver finds them. fauxqs
 * 2.4.1 looks at each queue that is waited for every 20 ms; most of the time there is nothing to move. This clock looks
 * only at queues that hold such messages, and fauxqs's own timers are switched off.
 */
export function startQueueClock(store: SqsStore): { stop(): void } {
  if (!Reflect.set(SqsQueue.prototype, "startPollTimerIfNeeded", () => {})) {
    throw new Error("fauxqs keeps its timers elsewhere than 2.4.1 did");
  }
  const timer = setInterval(() => {
    for (const queue of store.allQueues()) {
      if (queue.pollWaiters.length > 0 && hasTimedMessages(queue)) queue.processTimers();
    }
  }, tickMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

function hasTimedMessages(queue: SqsQueue): boolean {
  return queue.inflightMessages.size > 0 || queue.delayedMessages.length > 0 || queue.fifoDelayed.size > 0;
}
