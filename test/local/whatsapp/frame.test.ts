import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeFrame, FrameReader } from "../../../local/whatsapp/frame.ts";

const HEADER = Buffer.from([0x57, 0x41, 6, 3]);
const routed = Buffer.concat([Buffer.from([0x45, 0x44, 0, 1, 0, 0, 5]), Buffer.from("route"), HEADER]);

describe("FrameReader", () => {
  it("gives the same frames however the bytes are cut", () => {
    const bodies = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 });
    const cuts = fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(bodies, cuts, fc.boolean(), (frames, sizes, isRouted) => {
        const stream = Buffer.concat([isRouted ? routed : HEADER, ...frames.map(encodeFrame)]);
        const reader = new FrameReader();
        const read: Buffer[] = [];
        for (let offset = 0, turn = 0; offset < stream.length; turn++) {
          const size = sizes[turn % sizes.length] ?? 1;
          read.push(...reader.read(stream.subarray(offset, offset + size)));
          offset += size;
        }
        expect(read.map(frame => frame.toString("hex"))).toEqual(frames.map(body => Buffer.from(body).toString("hex")));
      }),
    );
  });

  it("reads frames that are longer than two bytes of length can say", () => {
    const body = Buffer.alloc(70_000, 7);
    expect([...new FrameReader().read(Buffer.concat([HEADER, encodeFrame(body)]))]).toEqual([body]);
  });
});
