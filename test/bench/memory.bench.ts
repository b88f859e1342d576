import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { eventually } from "../eventually.ts";
import { HostStage } from "../socket-host/host-stage.ts";
import type { Bench } from "./bench.ts";

const sessions = Number(process.env.MEMORY_SESSIONS ?? 20);
/** Many more than any memory of people, chats or keys has room for. */
const people = Number(process.env.MEMORY_PEOPLE ?? 900);
const rounds = 3;
const atOnce = 8;
const arriveWithinMs = 600_000;

const numberOf = (start: number, place: number) => String(5_511_900_000_000 + start + place);
const owner = numberOf(200_000, 0);

/** The heap of a host that was just swept of garbage, in bytes. */
async function heapOf(host: ChildProcess): Promise<number> {
  const answer = once(host, "message");
  host.send("how much?");
  return Number((await answer)[0]);
}

/** What a connected session takes, and whether one that goes on talking to ever new people takes more and more. */
export const bench: Bench = {
  promise: "a host's memory is that of its sessions, and does not grow with what they have said",
  async run(say) {
    const stage = await HostStage.open();
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => /^(AWS_|PATH$)/.test(name)));
    const host = fork(join(import.meta.dirname, "measured-host.ts"), {
      env: { ...env, ...stage.processEnvironment },
      execArgv: ["--expose-gc"],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    try {
      const session = await stage.linked(owner);
      const oneHeap = await heapOf(host);
      for (let place = 1; place < sessions; place++) await stage.linked(numberOf(200_000, place));
      const allHeap = await heapOf(host);
      say(`${sessions} sessions connected`);
      const heaps: number[] = [];
      for (let round = 0; round < rounds; round++) {
        await hear(stage, round);
        const heard = people * (round + 1);
        const told = async () =>
          (await stage.events(session)).filter(({ type }) => type === "message.received").length === heard;
        await eventually("all of them to be told", told, arriveWithinMs);
        heaps.push(await heapOf(host));
        say(`heard ${heard} people, the heap is ${Math.round((heaps.at(-1) ?? 0) / 1e6)} MB`);
      }
      const [first = 0, ...later] = heaps;
      const perSession = (allHeap - oneHeap) / (sessions - 1);
      return [
        { name: "heap with one session", value: oneHeap / 1e6, unit: "MB" },
        { name: "heap of each further session", value: perSession / 1e6, unit: "MB" },
        { name: `heap after ${people} people`, value: first / 1e6, unit: "MB" },
        ...later.map((heap, place) => ({
          name: `heap after ${people * (place + 2)} people`,
          value: heap / 1e6,
          unit: "MB",
          baseline: `heap after ${people} people`,
        })),
      ];
    } finally {
      host.kill("SIGKILL");
      await stage.close();
    }
  },
};

/** Each round other people write, one message each. */
async function hear({ control }: HostStage, round: number): Promise<void> {
  const waiting = Array.from({ length: people }, (_, place) => numberOf(300_000 + round * people, place));
  const turn = async () => {
    for (let number = waiting.pop(); number !== undefined; number = waiting.pop()) {
      await control.createPhone(number, `Person ${number}`);
      await control.say(number, owner, "hello");
    }
  };
  await Promise.all(Array.from({ length: atOnce }, turn));
}
