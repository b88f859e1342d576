import { afterEach, describe, expect, it } from "vitest";
import { eventually } from "../../eventually.ts";
import { Simulation } from "./simulation.ts";

describe("the server's certificate chain", () => {
  let simulation: Simulation;

  afterEach(() => simulation.close());

  it("satisfies a client that really checks signatures and pins the root", async () => {
    simulation = await Simulation.start();
    const client = simulation.client();
    client.connect();
    await eventually("the client gets as far as a QR", () => client.qr);
  });

  it("is refused by such a client when the leaf is signed by nobody it knows", async () => {
    simulation = await Simulation.start({ forgeChain: true });
    const client = simulation.client();
    client.connect();
    await eventually("the client hangs up", () => client.closeCodes.length > 0);
    expect(client.closeCodes).toEqual([400]);
    expect(client.qr).toBeUndefined();
  });

  it("is refused by a client that pins another root", async () => {
    simulation = await Simulation.start();
    const client = simulation.client();
    client.connect({}, { websocketUrl: simulation.server.websocketUrl, noiseRoot: Buffer.alloc(32, 9) });
    await eventually("the client hangs up", () => client.closeCodes.length > 0);
    expect(client.closeCodes).toEqual([400]);
  });

  it("is believed by Baileys itself though another key shows it: a version that refuses makes server-certificate.ts needless", async () => {
    simulation = await Simulation.start();
    await simulation.control.fault({ kind: "certificate", what: "replayed" });
    const client = simulation.client();
    client.connect();
    await eventually("the client gets as far as a QR", () => client.qr);
  });
});
