import { describe, expect, it } from "vitest";
import { holdBackFrames, type RawSocket } from "../../../socket-host/baileys/wire.ts";
import { eventually } from "../../eventually.ts";

function recordingSocket() {
  const left: string[] = [];
  const raw: RawSocket = {
    send: (data, told) => {
      left.push(Buffer.from(data).toString());
      told();
    },
    close: () => undefined,
    terminate: () => undefined,
    once: () => undefined,
  };
  const send = (text: string) =>
    new Promise<void>((resolve, reject) => {
      raw.send(Buffer.from(text), error => (error === undefined ? resolve() : reject(error)));
    });
  return { raw, left, send };
}

describe("frames", () => {
  it("leave only once what was decided before them is durable, and in order", async () => {
    const { raw, left, send } = recordingSocket();
    const commits: PromiseWithResolvers<void>[] = [];
    holdBackFrames(raw, () => {
      const commit = Promise.withResolvers<void>();
      commits.push(commit);
      return commit.promise;
    });
    const sent = [send("first"), send("second")];
    commits[1]?.resolve();
    await eventually("both wait", () => commits.length === 2);
    expect(left).toEqual([]);
    commits[0]?.resolve();
    await Promise.all(sent);
    expect(left).toEqual(["first", "second"]);
  });

  it("never leave when it cannot be made durable, nor do those after them", async () => {
    const { raw, left, send } = recordingSocket();
    let failing = true;
    holdBackFrames(raw, async () => {
      if (failing) throw new Error("the table is away");
    });
    const first = send("first");
    failing = false;
    const second = send("second");
    await expect(first).rejects.toThrow();
    await expect(second).rejects.toThrow();
    expect(left).toEqual([]);
  });

  it("never leave after it was shut", async () => {
    const { raw, left, send } = recordingSocket();
    const wire = holdBackFrames(raw, async () => undefined);
    await send("first");
    const second = send("second");
    wire.shut();
    await expect(second).rejects.toThrow();
    expect(left).toEqual(["first"]);
  });
});
