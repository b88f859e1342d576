import { setTimeout as delay } from "node:timers/promises";
import type { WasaasEvent } from "../../domain/event/event.ts";
import { openLog } from "../../domain/log.ts";
import { DeliveryCommand } from "../../domain/webhook/delivery-command.ts";
import type { Webhook } from "../../domain/webhook/webhook.ts";
import { sweep } from "../../functions/delivery-sweeper/sweep.ts";
import { eachMessage } from "../../functions/sqs-batch.ts";
import { deliver } from "../../functions/webhook-delivery/deliver.ts";
import type { Delivering } from "../../functions/webhook-delivery/delivering.ts";
import { look } from "../../functions/webhook-delivery/look.ts";
import { fanOut } from "../../functions/webhook-fanout/fan-out.ts";
import { QueuePoller } from "../../local/lambda/queue-poller.ts";
import { sqsEvent } from "../../local/lambda/sqs-event.ts";
import { eventually } from "../eventually.ts";
import { type Answering, type Receiver, startReceiver } from "../functions/webhook-delivery/receiver.ts";
import { WebhooksInstalled } from "../functions/webhooks-installed.ts";
import { type Bench, percentile } from "./bench.ts";

/** As on AWS, a tenth of what runs at once is the most that one endpoint gets. */
const deliveriesAtOnce = 20;
const slotsMax = deliveriesAtOnce / 10;
/** Rounds take turns, so that whatever else this machine does falls on both alike. */
const rounds = 2;
const roundMs = 45_000;
const neighbourEveryMs = 200;
const ownEveryMs = 250;
const sweepEveryMs = 60_000;
const arriveWithinMs = 400_000;
const answerMs = 50;

const answersSoon: Answering = response => void setTimeout(() => response.writeHead(204).end(), answerMs);
const neverAnswers: Answering = () => undefined;

/** A tenant's deliveries beside a neighbour whose endpoint runs every try into its 15 seconds, or does not. */
export const bench: Bench = {
  promise: "a dead endpoint raises another tenant's 99th percentile by no more than a tenth",
  async run(say) {
    await using installed = await WebhooksInstalled.start();
    const delivering: Delivering = {
      ...installed.delivering,
      slotsMax,
      network: { ...installed.delivering.network, deadlineMs: 15_000 },
      log: openLog({ name: "bench", write: () => undefined }),
    };
    const beside = { alone: [] as number[], live: [] as number[], dead: [] as number[] };
    for (let round = 1; round <= rounds; round++) {
      for (const neighbour of ["alone", "live", "dead"] as const) {
        const { samples, tries } = await measured(installed, delivering, neighbour);
        beside[neighbour].push(...samples);
        say(`round ${round}, ${neighbour}: ${samples.length} deliveries, the neighbour was tried ${tries} times`);
      }
    }
    const figures = (hundredths: number) => {
      const name = (neighbour: string) => `p${hundredths} beside ${neighbour}`;
      const [nobody, live, dead] = [name("nobody"), name("a live endpoint"), name("a dead endpoint")];
      return [
        { name: nobody, value: percentile(beside.alone, hundredths), unit: "ms" },
        { name: live, value: percentile(beside.live, hundredths), unit: "ms", baseline: nobody },
        { name: dead, value: percentile(beside.dead, hundredths), unit: "ms", baseline: nobody },
      ];
    };
    return [...figures(50), ...figures(99)];
  },
};

async function measured(installed: WebhooksInstalled, delivering: Delivering, neighbour: "alone" | "live" | "dead") {
  await using own = await startReceiver({ answer: answersSoon });
  await using other = await startReceiver({ answer: neighbour === "dead" ? neverAnswers : answersSoon });
  const [mine, theirs] = await Promise.all([own, other].map(({ url }) => installed.newWebhook({ url })));
  if (mine === undefined || theirs === undefined) throw new Error("there are no webhooks");
  const poller = startDelivering(installed, delivering);
  const sweeping = setInterval(() => void sweep({ ...delivering, mayGoOn: () => true }), sweepEveryMs);
  const samples = arrivals(own);
  const over = AbortSignal.timeout(roundMs);
  const send = (webhook: Webhook, everyMs: number) => sendSteadily(installed, delivering, webhook, everyMs, over);
  const [sent] = await Promise.all([
    send(mine.webhook, ownEveryMs),
    neighbour === "alone" ? undefined : send(theirs.webhook, neighbourEveryMs),
  ]);
  await eventually("every delivery", () => samples.length >= sent, arriveWithinMs);
  clearInterval(sweeping);
  await poller.stop();
  return { samples, tries: other.received.length };
}

/** What the delivery function does on AWS, as often at once. */
function startDelivering(installed: WebhooksInstalled, delivering: Delivering): QueuePoller {
  const queue = {
    queueUrl: installed.deliveryQueueUrl,
    batchSizeMax: 1,
    windowMs: 0,
    concurrencyMax: deliveriesAtOnce,
    handle: async (messages: Parameters<typeof sqsEvent>[0]) => {
      const event = sqsEvent(messages, "arn:aws:sqs:eu-west-1:000000000000:deliveries") as Parameters<
        typeof eachMessage
      >[0];
      const { batchItemFailures } = await eachMessage(event, DeliveryCommand, delivering.log, command => {
        if (command.type === "webhook.replay") throw new Error("nothing is replayed here");
        return command.type === "webhook.deliver" ? deliver(delivering, command) : look(delivering, command);
      });
      return batchItemFailures.length === 0 ? messages : [];
    },
  };
  const quiet = { debug() {}, info() {}, warn() {}, error() {} };
  return new QueuePoller(installed.aws.installed.front.queues, queue, quiet);
}

/** Milliseconds from each event's making to its arrival, first copies alone; fills while deliveries come in. */
function arrivals(receiver: Receiver): readonly number[] {
  const samples: number[] = [];
  const seen = new Set<string>();
  const answer = receiver.answer;
  receiver.answer = (response, count) => {
    const { id, createdAt } = JSON.parse(receiver.received.at(-1)?.body ?? "{}") as WasaasEvent;
    if (!seen.has(id)) samples.push(Date.now() - Date.parse(createdAt));
    seen.add(id);
    answer(response, count);
  };
  return samples;
}

async function sendSteadily(
  installed: WebhooksInstalled,
  { db, queue, now }: Delivering,
  webhook: Webhook,
  everyMs: number,
  over: AbortSignal,
): Promise<number> {
  const sending: Promise<unknown>[] = [];
  const startMs = performance.now();
  for (let count = 1; !over.aborted; count++) {
    const event = installed.newEvent(webhook.tenantId);
    sending.push(fanOut({ db, queue, now }, { event, onlyWebhookId: webhook.id }));
    await delay(Math.max(0, startMs + count * everyMs - performance.now()));
  }
  await Promise.all(sending);
  return sending.length;
}
