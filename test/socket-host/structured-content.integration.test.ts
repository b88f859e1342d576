import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Session } from "../../domain/session/session.ts";
import { eventually } from "../eventually.ts";
import { HostStage } from "./host-stage.ts";

const owner = "15550000061";
const peer = "15551112261";

interface Sent {
  readonly id: string;
}

describe("what a person sends besides words and files", () => {
  let stage: HostStage;
  let session: Session;

  beforeAll(async () => {
    ({ stage, session } = await HostStage.talking(owner, peer));
  });

  afterAll(() => stage.close());

  async function received(content: Record<string, unknown>) {
    const { id } = (await stage.control.ok("POST", `/phones/${peer}/messages`, { to: owner, ...content })) as Sent;
    return stage.stored(session, peer, id);
  }

  it("comes as a typed message, is stored, and is in its event", async () => {
    const location = { latitude: 48.2, longitude: 16.4, name: "Office" };
    expect(await received({ location })).toMatchObject({ type: "location", location: { ...location, live: false } });
    const live = await received({ location: { latitude: 1, longitude: 2, live: true, caption: "on my way" } });
    expect(live).toMatchObject({ type: "location", text: "on my way", location: { live: true } });
    const card = { name: "Ana", phone: "+55 11 99999-9999" };
    const contact = await received({ contact: card });
    expect(contact).toMatchObject({ type: "contact", contacts: [{ name: "Ana", phones: ["+5511999999999"] }] });
    expect((await received({ contacts: [card, { name: "Bo", phone: "+1555" }] })).contacts).toHaveLength(2);
    const poll = { question: "Lunch?", options: ["Yes", "No"], selectableCount: 1 };
    const asked = await received({ poll });
    expect(asked).toMatchObject({ type: "poll", poll });
    const event = { name: "Talk", startsAt: "2026-12-01T10:00:00.000Z" };
    expect(await received({ event })).toMatchObject({ type: "event", event: { ...event, cancelled: false } });
    const choice = { id: "plan-b", title: "Plan B" };
    expect(await received({ choice })).toMatchObject({ type: "text", text: "Plan B", choice });
    const said = await eventually("its event", async () =>
      (await stage.events(session)).find(({ data }) => data.id === asked.id),
    );
    expect(said).toMatchObject({ type: "message.received", data: { type: "poll", poll, location: null } });
  });

  it("says nothing any more once its sender has deleted it", async () => {
    const sent = await received({ location: { latitude: 5, longitude: 6 } });
    await stage.control.ok("POST", `/phones/${peer}/revoke`, { id: sent.waMessageId });
    const gone = await eventually("the deletion", async () => {
      const now = await stage.message(sent);
      return now.deletedAt && now;
    });
    expect(gone).toMatchObject({ type: "location", location: null });
  });
});
