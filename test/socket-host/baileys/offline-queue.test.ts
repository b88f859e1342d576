import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openLog } from "../../../domain/log.ts";
import { OfflineQueue } from "../../../socket-host/baileys/offline-queue.ts";

const ib = (child: string, attrs: Record<string, string> = {}) => ({
  tag: "ib",
  attrs: { from: "@s.whatsapp.net" },
  content: [{ tag: child, attrs }],
});
const preview = (count: number) => ib("offline_preview", { count: String(count) });
const waited = (place: number) => ({ tag: "message", attrs: { id: String(place), offline: String(place) } });

function queue() {
  const asked: number[] = [];
  const told: unknown[] = [];
  let stalls = 0;
  const offline = new OfflineQueue({
    ask: async count => void asked.push(count),
    stalled: () => void stalls++,
    log: openLog({ name: "test", write: line => void told.push(JSON.parse(line)) }),
  });
  return { offline, asked, told, stalls: () => stalls };
}

describe("the queue that WhatsApp kept", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("is asked for by the window, the next one only once all of the last one is handled", () => {
    const { offline, asked } = queue();
    offline.seen(preview(250));
    expect(asked).toEqual([100]);
    for (let place = 0; place < 100; place++) offline.seen(waited(place));
    for (let place = 0; place < 99; place++) offline.handled(waited(place));
    vi.advanceTimersByTime(600_000);
    expect(asked).toEqual([100]);
    offline.handled(waited(99));
    expect(asked).toEqual([100, 100]);
  });

  it("is asked for again where a window was not filled and no end came", () => {
    const { offline, asked } = queue();
    offline.seen(preview(250));
    for (let place = 0; place < 5; place++) offline.seen(waited(place));
    for (let place = 0; place < 5; place++) offline.handled(waited(place));
    vi.advanceTimersByTime(199);
    expect(asked).toEqual([100]);
    vi.advanceTimersByTime(1);
    expect(asked).toEqual([100, 100]);
  });

  it("has stalled where nothing comes for 60 s, and never once its end came", () => {
    const { offline, stalls, told } = queue();
    offline.seen(preview(2));
    vi.advanceTimersByTime(59_999);
    expect(stalls()).toBe(0);
    vi.advanceTimersByTime(1);
    expect(stalls()).toBe(1);
    offline.seen(preview(1));
    offline.seen(waited(0));
    offline.handled(waited(0));
    offline.seen(ib("offline", { count: "1" }));
    vi.advanceTimersByTime(600_000);
    expect(stalls()).toBe(1);
    expect(told).toMatchObject([
      { message: "offline queue", offlineQueue: 2 },
      { message: "offline queue stalled", offlineQueue: 2 },
      { message: "offline queue", offlineQueue: 1 },
      { message: "offline queue", offlineQueue: 0 },
    ]);
  });

  it("says nothing of stanzas that are new", () => {
    const { offline, asked } = queue();
    offline.seen({ tag: "message", attrs: { id: "1" } });
    offline.handled({ tag: "message", attrs: { id: "1" } });
    expect(asked).toEqual([]);
  });
});
