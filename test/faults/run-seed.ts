import { setTimeout as delay } from "node:timers/promises";
import { AwsFaults } from "./aws-faults.ts";
import { violationsOf } from "./checks/all.ts";
import { EventReceiver } from "./event-receiver.ts";
import type { History, LoggedEvent, OnPhone, Stored, Violation } from "./history.ts";
import { HostWords } from "./host-words.ts";
import { Injection } from "./injection.ts";
import { LogReader } from "./log-reader.ts";
import { type LinkedSession, linkSessions, makePeople } from "./people.ts";
import { type FaultyProduct, startFaultyProduct } from "./product.ts";
import { chanceOf } from "./random.ts";
import { type Planned, scheduleOf } from "./schedule.ts";
import { Starvation } from "./starvation.ts";
import { Traffic } from "./traffic.ts";

export interface RunPlan {
  readonly seed: number;
  readonly hosts: number;
  readonly sessions: number;
  readonly people: number;
  /** How long there are traffic and faults. */
  readonly durationMs: number;
  /** How far apart messages are, both ways together. */
  readonly messageEveryMs: number;
  /** Whether AWS also fails for functions: what they lose of their own work, sweeps find after five minutes. */
  readonly faultsInFunctions: boolean;
  /** How long everything may take to come to rest afterwards. */
  readonly restWithinMs: number;
  /** The faults, in place of those of the seed. */
  readonly schedule?: readonly Planned[];
}

export interface RunResult {
  readonly seed: number;
  readonly history: History;
  readonly violations: readonly Violation[];
  readonly words: HostWords;
  readonly figures: Record<string, number>;
}

/** One run: a whole product, traffic both ways, the faults of a seed, then rest; and what became of the promises. */
export async function runSeed(plan: RunPlan, words = new HostWords()): Promise<RunResult> {
  const aws = new AwsFaults(chanceOf(plan.seed + 1), role => plan.faultsInFunctions || /Host/i.test(role));
  const startedAtMs = performance.now();
  const starvation = new Starvation();
  await using receiver = await EventReceiver.listen();
  await using product = await startFaultyProduct({ hosts: plan.hosts, hooks: aws.hooks, words });
  receiver.secret = (await product.customer.createWebhook({ url: receiver.url, events: ["*"] })).secret ?? "";
  const people = await makePeople(product, plan.people);
  const sessions = await linkSessions(product, plan.sessions);
  const linkedAtMs = performance.now();
  const scene: Scene = { plan, product, people, sessions, receiver, reader: new LogReader(product) };
  const injection = new Injection({ product, aws, sessions });
  const traffic = await act(scene, injection);
  const restedMs = await rest(scene, traffic);
  const { accepted, spoken } = traffic;
  const talk = { accepted, spoken };
  const gathered = await gather(scene);
  starvation.stop();
  const { phases, sends } = words;
  const standstills = [...injection.seen.standstills, ...starvation.standstills];
  const heard = { ...injection.seen, standstills, phases, sends, keyWrites: aws.keyWrites };
  const history: History = { ...gathered, ...talk, ...heard };
  const refused = traffic.refused.map(what => ({ rule: "acceptance", what }));
  const figures = {
    sessions: sessions.length,
    accepted: traffic.accepted.length,
    unanswered: traffic.unanswered.length,
    spoken: traffic.spoken.length,
    faults: injection.injected.length,
    events: history.log.length,
    keyWrites: aws.keyWrites.length,
    startMs: Math.round(linkedAtMs - startedAtMs),
    restMs: Math.round(restedMs),
    ...countsOf(traffic.unanswered),
  };
  return { seed: plan.seed, history, violations: [...refused, ...violationsOf(history)], words, figures };
}

/** What requests that were never accepted were last answered, and how many of them. */
function countsOf(unanswered: readonly string[]): Record<string, number> {
  const answers = Map.groupBy(unanswered, answer => `lastly ${answer}`);
  return Object.fromEntries([...answers].map(([answer, all]) => [answer, all.length]));
}

interface Scene {
  readonly plan: RunPlan;
  readonly product: FaultyProduct;
  readonly people: readonly string[];
  readonly sessions: readonly LinkedSession[];
  readonly receiver: EventReceiver;
  readonly reader: LogReader;
}

const readEveryMs = 700;
const lastWordsWithinMs = 60_000;

/** Traffic and faults, until their time is over and everything runs again. */
async function act(scene: Scene, injection: Injection): Promise<Traffic> {
  const { plan, product, people, sessions, reader } = scene;
  const traffic = new Traffic({ product, sessions, people, seed: plan.seed, everyMs: plan.messageEveryMs });
  const over = new AbortController();
  const talking = traffic.talk(over.signal);
  const reading = reader.follow(over.signal, readEveryMs);
  const injecting = injection.run(plan.schedule ?? scheduleOf(plan.seed, plan));
  try {
    await Promise.all([injecting, delay(plan.durationMs)]);
  } finally {
    over.abort();
    await injection.end();
  }
  await Promise.all([talking, reading]);
  return traffic;
}

/** Waits until all that was accepted and spoken has come to its end and was told; what has not by then never will. */
async function rest({ plan, reader, receiver }: Scene, { accepted, spoken }: Traffic): Promise<number> {
  const beganAtMs = performance.now();
  const sinceMs = () => performance.now() - beganAtMs;
  while (sinceMs() < plan.restWithinMs) {
    await reader.catchUp();
    const ended = new Set(
      reader.events.filter(event => isEnd(event.type)).map(event => `${event.sessionId} ${event.waMessageId}`),
    );
    const waits = [...accepted, ...spoken].some(one => !ended.has(`${one.sessionId} ${one.waMessageId}`));
    const listed = new Set(reader.events.map(event => event.id));
    const untold = reader.events.some(event => !receiver.ids.has(event.id));
    const unlisted = receiver.events.some(event => !listed.has(event.id));
    if (!waits && !untold && !unlisted) break;
    await delay(readEveryMs);
  }
  return sinceMs();
}

const isEnd = (type: string) => ["message.delivered", "message.failed", "message.received"].includes(type);

async function gather({ product, people, sessions, receiver, reader }: Scene) {
  const whole = new LogReader(product);
  // Sessions that come back at the very end still say so.
  for (const untilMs = Date.now() + lastWordsWithinMs; Date.now() < untilMs; await delay(readEveryMs)) {
    await whole.catchUp();
    const logged = new Set(whole.events.map(event => event.id));
    if (whole.events.every(({ id }) => receiver.ids.has(id)) && [...receiver.ids].every(id => logged.has(id))) break;
  }
  // Sessions may still move from host to host, and say so: what has come to the endpoint by now is in the log as read.
  const webhooks = [...receiver.events];
  await reader.catchUp();
  const phones: OnPhone[] = [];
  for (const number of people) {
    for (const { seq, id, text, caption } of await product.whatsapp.received(number)) {
      phones.push({ number, seq, id, text: text ?? caption });
    }
  }
  const stored: Stored[] = [];
  for (const session of sessions) {
    for (const person of people) stored.push(...(await historyOf(product, session.id, `${person}@s.whatsapp.net`)));
  }
  const logins: History["logins"] = (await product.whatsapp.call("GET", "/logins")).data;
  const read: readonly LoggedEvent[] = reader.events;
  return { sessions, phones, stored, read, log: whole.events, webhooks, logins };
}

type Shown = Omit<Stored, "file"> & { readonly media: { readonly caption: string; readonly status: string } | null };

function storedOf({ media, ...message }: Shown): Stored {
  return { ...message, text: message.text ?? media?.caption ?? null, file: media?.status ?? null };
}

async function historyOf({ customer }: FaultyProduct, sessionId: string, chatId: string): Promise<Stored[]> {
  const stored: Stored[] = [];
  let cursor = "";
  for (;;) {
    const path = `/api/messages/${chatId}?sessionId=${sessionId}&limit=100${cursor}`;
    const { status, body } = await customer.get(path);
    if (status !== 200) throw new Error(`${path} answered ${status}`);
    stored.push(...(body.data as unknown as Shown[]).map(storedOf));
    if (body.nextCursor === null) return stored;
    cursor = `&cursor=${encodeURIComponent(body.nextCursor)}`;
  }
}
