import { lookup } from "node:dns";
import { connect, isIP, type LookupFunction } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Destination, DestinationRefused, destinationOf } from "../../../domain/webhook/destination.ts";
import { type Network, post } from "../../../functions/webhook-delivery/post.ts";
import { refusedAddresses, refusedHosts } from "../../domain/webhook/refused-addresses.ts";
import { answerStatus, type Canary, type Receiver, startCanary, startReceiver } from "./receiver.ts";

let canary: Canary;
let receiver: Receiver;
beforeAll(async () => {
  canary = await startCanary();
  receiver = await startReceiver();
});
afterAll(async () => {
  await canary[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});
afterEach(() => expect(canary.connections()).toBe(0));

const message = { headers: {}, body: "{}" };
const deployed = { allowLoopback: false };
const hostOf = (address: string) => (isIP(address) === 6 ? `[${address}]` : address);
const urlOf = (host: string) => `https://${host}:${canary.port}/hook`;

/** A network whose names lead where the attacker says; every connection asks once. */
function resolvingTo(...addresses: string[]): Network & { lookups: string[] } {
  const lookups: string[] = [];
  const answers = addresses.map(address => ({ address, family: isIP(address) }));
  const resolve: LookupFunction = (hostname, options, callback) => {
    lookups.push(hostname);
    if (options.all) callback(null, answers);
    else callback(null, answers[0]?.address ?? "", answers[0]?.family);
  };
  return { lookup: resolve, lookups, deadlineMs: 5_000, now: Date.now };
}

const systemNetwork: Network = { lookup, deadlineMs: 5_000, now: Date.now };
const refused = { statusCode: null, error: "address_refused", excerpt: null };

describe("an address by literal", () => {
  test.each([...refusedAddresses.map(hostOf), ...refusedHosts])("%s is refused when it is given", host => {
    expect(() => destinationOf(urlOf(host), deployed)).toThrow(DestinationRefused);
  });

  test.each(refusedAddresses)("%s is not connected to, even had it been let in", async address => {
    const destination: Destination = { url: new URL(urlOf(hostOf(address))), reach: "public" };
    const outcome = await post(destination, message, systemNetwork);
    expect(outcome).toMatchObject(refused);
  });
});

describe("an address by a name in DNS", () => {
  test.each(refusedAddresses)("%s is not connected to", async address => {
    const network = resolvingTo(address);
    const outcome = await post(destinationOf(urlOf("hook.example.com"), deployed), message, network);
    expect(outcome).toMatchObject(refused);
    expect(network.lookups).toEqual(["hook.example.com"]);
  });

  test.each(refusedAddresses)("%s is not connected to beside a public one", async address => {
    const network = resolvingTo("8.8.8.8", address);
    const outcome = await post(destinationOf(urlOf("hook.example.com"), deployed), message, network);
    expect(outcome).toMatchObject(refused);
  });
});

describe("an address by a DNS answer that changes", () => {
  test.each(refusedAddresses)("%s is not connected to after a public answer to an earlier question", async address => {
    const answers = ["93.184.215.14", address];
    const asked: string[] = [];
    const changing: LookupFunction = (hostname, options, callback) => {
      const answer = answers.shift() ?? address;
      asked.push(answer);
      resolvingTo(answer).lookup(hostname, options, callback);
    };
    // The attacker's name passes every check before the connection, and only then leads inside.
    await new Promise(resolve => changing("hook.example.com", { all: true }, resolve));
    const destination = destinationOf(urlOf("hook.example.com"), deployed);
    const outcome = await post(destination, message, { ...systemNetwork, lookup: changing });
    expect(outcome).toMatchObject(refused);
    // One question for one connection: there is no second answer that could differ.
    expect(asked).toEqual(["93.184.215.14", address]);
  });
});

describe("an address by redirect", () => {
  test.each([...refusedAddresses.map(hostOf), ...refusedHosts.filter(host => !host.includes("%"))])(
    "%s is not followed to",
    async host => {
      const location = `http://${encodeURI(host)}:${canary.port}/`;
      receiver.answer = answerStatus(307, { location });
      const outcome = await post(destinationOf(receiver.url, { allowLoopback: true }), message, systemNetwork);
      expect(outcome).toMatchObject({ statusCode: 307, error: "redirect" });
    },
  );
});

describe("the canary", () => {
  test("would have sung", async () => {
    const bird = await startCanary();
    for (const host of ["127.0.0.1", "::1"]) {
      await new Promise(resolve => connect({ host, port: bird.port }).on("error", resolve).on("close", resolve));
    }
    expect(bird.connections()).toBe(2);
    await bird[Symbol.asyncDispose]();
  });
});
