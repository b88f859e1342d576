import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Assembly, AssemblyResource } from "../../../local/assembly/assembly.ts";
import { Schedules } from "../../../local/lambda/schedules.ts";

const functionArn = "arn:aws:lambda:us-east-1:000000000000:function:ticker";
const resources: readonly AssemblyResource[] = [
  {
    stack: "Service",
    logicalId: "Ticker",
    type: "AWS::Lambda::Function",
    properties: {},
    identity: { ref: "ticker", attributes: { Arn: functionArn } },
  },
  {
    stack: "Service",
    logicalId: "EveryMinute",
    type: "AWS::Events::Rule",
    properties: { ScheduleExpression: "rate(1 minute)", Targets: [{ Arn: functionArn, Id: "0" }] },
    identity: { ref: "every-minute", attributes: { Arn: "arn:aws:events:us-east-1:000000000000:rule/every-minute" } },
  },
  {
    stack: "Service",
    logicalId: "Off",
    type: "AWS::Events::Rule",
    properties: { ScheduleExpression: "rate(1 minute)", State: "DISABLED", Targets: [{ Arn: functionArn, Id: "0" }] },
    identity: { ref: "off", attributes: { Arn: "arn:aws:events:us-east-1:000000000000:rule/off" } },
  },
];
const assembly: Assembly = {
  place: {
    region: "us-east-1",
    accountId: "000000000000",
    awsUrl: "http://127.0.0.1:1",
    edgeHost: "127.0.0.1:2",
  },
  resources,
  assets: { files: new Map(), images: new Map() },
  ofType: type => resources.filter(resource => resource.type === type),
  find: (type, arn) => resources.find(one => one.type === type && one.identity.attributes.Arn === arn),
};
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse("2026-11-22T10:00:00Z") });
});
afterEach(() => {
  vi.useRealTimers();
});

it("calls the targets of enabled rules each time they are due, until it is stopped", async () => {
  const events: { time: string; resources: string[] }[] = [];
  const callTarget = async (targetArn: string, event: string): Promise<void> => {
    expect(targetArn).toBe(functionArn);
    events.push(JSON.parse(event));
  };
  const schedules = new Schedules({ assembly, callTarget, log: silent, now: Date.now });
  await vi.advanceTimersByTimeAsync(150_000);
  expect(events.map(({ time }) => time)).toEqual(["2026-11-22T10:01:00Z", "2026-11-22T10:02:00Z"]);
  expect(events[0]?.resources).toEqual(["arn:aws:events:us-east-1:000000000000:rule/every-minute"]);
  await schedules.stop();
  await vi.advanceTimersByTimeAsync(600_000);
  expect(events).toHaveLength(2);
});

it("owes one tick after the machine slept, not all those it missed", async () => {
  let calls = 0;
  const callTarget = async (): Promise<void> => {
    calls += 1;
  };
  const schedules = new Schedules({ assembly, callTarget, log: silent, now: Date.now });
  await vi.advanceTimersByTimeAsync(30_000);
  vi.setSystemTime(Date.now() + 3 * 60 * 60 * 1000);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(calls).toBe(1);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(calls).toBe(2);
  await schedules.stop();
});
