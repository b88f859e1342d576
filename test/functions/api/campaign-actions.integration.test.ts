import { ScanCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { StoredCampaign } from "../../../domain/campaign/campaign.ts";
import { makeRecipients } from "../../../domain/campaign/materialise.ts";
import { findCampaign } from "../../../domain/campaign/store.ts";
import { isoTime } from "../../../domain/clock.ts";
import { idOf } from "../../../domain/id.ts";
import { expectProblem } from "../front-door.ts";
import { CampaignDesk, recipients } from "./campaign-desk.ts";
import { linkedSession, setStatus } from "./linked-session.ts";

let campaigns: CampaignDesk;
beforeAll(async () => {
  campaigns = await CampaignDesk.open();
});
afterAll(() => campaigns.close());

describe("the actions of a campaign", () => {
  it("start, pause, resume and cancel it, answering 202 with it as it is then", async () => {
    const id = await campaigns.made();
    const statuses = [];
    for (const action of ["start", "pause", "resume", "cancel"]) {
      const answer = await campaigns.act(id, action);
      expect(answer.status).toBe(202);
      statuses.push([answer.body.status, answer.body.pausedReason]);
    }
    expect(statuses).toEqual([
      ["running", null],
      ["paused", "requested"],
      ["running", null],
      ["cancelled", null],
    ]);
    expect(await campaigns.get(id)).toMatchObject({ startedAt: expect.any(String), finishedAt: expect.any(String) });
  });

  it("answer 409 where they make no sense", async () => {
    const id = await campaigns.made();
    for (const action of ["pause", "resume"]) expectProblem(await campaigns.act(id, action), 409, "invalid_transition");
    await campaigns.act(id, "start");
    for (const action of ["start", "resume"]) expectProblem(await campaigns.act(id, action), 409, "invalid_transition");
    await campaigns.act(id, "cancel");
    for (const action of ["start", "pause", "resume", "cancel"]) {
      expectProblem(await campaigns.act(id, action), 409, "invalid_transition");
    }
  });

  it("are done once under one Idempotency-Key", async () => {
    const id = await campaigns.made();
    const headers = { "Idempotency-Key": `start-${id}` };
    const [first, second] = [await campaigns.act(id, "start", headers), await campaigns.act(id, "start", headers)];
    expect([first.status, second.status]).toEqual([202, 202]);
    expect(second.body).toEqual(first.body);
  });

  it("are answered again under an Idempotency-Key whose first answer was lost, though the campaign has gone on", async () => {
    const id = await campaigns.made();
    const headers = { "Idempotency-Key": `lost-${id}` };
    await campaigns.act(id, "start", headers);
    await loseAnswer(headers["Idempotency-Key"]);
    await campaigns.act(id, "pause");
    expect(await campaigns.act(id, "start", headers)).toMatchObject({ status: 202, body: { id, status: "paused" } });
  });

  it("are refused again under an Idempotency-Key that was refused before", async () => {
    const id = await campaigns.made();
    await campaigns.act(id, "start");
    const headers = { "Idempotency-Key": `refused-${id}` };
    expectProblem(await campaigns.act(id, "start", headers), 409, "invalid_transition");
    expectProblem(await campaigns.act(id, "start", headers), 409, "invalid_transition");
  });

  it("answer 409 where the session is disconnected, and start it while that reconnects", async () => {
    const own = await linkedSession(campaigns.door, campaigns.tenant);
    const id = await campaigns.made({ sessionId: own.id });
    await setStatus(campaigns.door, campaigns.tenant, own.id, "disconnected");
    expectProblem(await campaigns.act(id, "start"), 409, "session_not_connected");
    await setStatus(campaigns.door, campaigns.tenant, own.id, "connecting");
    expect((await campaigns.act(id, "start")).status).toBe(202);
    await campaigns.act(id, "pause");
    await setStatus(campaigns.door, campaigns.tenant, own.id, "disconnected");
    expectProblem(await campaigns.act(id, "resume"), 409, "session_not_connected");
  });
});

describe("GET /api/campaigns/:id", () => {
  it("says what a running campaign waits for, and so does the list", async () => {
    const id = await campaigns.made();
    await campaigns.act(id, "start");
    await campaigns.materialise(id);
    expect(await campaigns.get(id)).toMatchObject({ status: "running", waiting: null });
    const untilMs = Date.now() + 3_600_000;
    const { client, table } = campaigns.door.aws.db;
    const update = new UpdateCommand({
      TableName: table.paces,
      Key: { pk: campaigns.session.tenantId, sk: campaigns.session.id },
      UpdateExpression: "SET waits = :waits",
      ExpressionAttributeValues: { ":waits": { [id]: { reason: "quiet_hours", untilMs } } },
    });
    await client.send(update);
    const waiting = { reason: "quiet_hours", until: isoTime(untilMs) };
    expect(await campaigns.get(id)).toMatchObject({ waiting });
    expect((await campaigns.ask("GET", "")).body.data[0]).toMatchObject({ id, waiting });
    await campaigns.act(id, "pause");
    expect(await campaigns.get(id)).toMatchObject({ status: "paused", waiting: null });
  });
});

/** As if the function had ended before it kept its answer. */
async function loseAnswer(sk: string): Promise<void> {
  const { client, table } = campaigns.door.aws.db;
  const { Items = [] } = await client.send(new ScanCommand({ TableName: table.idempotency }));
  const row = Items.find(item => item.sk === sk);
  const update = {
    UpdateExpression: "SET leaseUntilMs = :none REMOVE answer",
    ExpressionAttributeValues: { ":none": 0 },
  };
  await client.send(new UpdateCommand({ TableName: table.idempotency, Key: { pk: row?.pk, sk }, ...update }));
}

describe("DELETE /api/campaigns/:id", () => {
  it("deletes one that is not running, with all its rows", async () => {
    const id = await campaigns.made();
    await campaigns.act(id, "start");
    expectProblem(await campaigns.ask("DELETE", `/${id}`), 409, "invalid_transition");
    await campaigns.materialise(id);
    await campaigns.act(id, "cancel");
    expect((await campaigns.ask("DELETE", `/${id}`)).status).toBe(204);
    expectProblem(await campaigns.ask("GET", `/${id}`), 404, "not_found");
    expectProblem(await campaigns.ask("DELETE", `/${id}`), 404, "not_found");
    await campaigns.materialise(id);
    expect(await rowsLeftOf(id)).toEqual([]);
  });

  it("deletes one that is paused while its recipients are being made, and no more of them are", async () => {
    const id = await campaigns.made();
    await campaigns.act(id, "start");
    const { db } = campaigns.door.aws;
    const before = StoredCampaign.parse(
      await findCampaign(db, { tenantId: campaigns.session.tenantId, id: idOf("cmp").parse(id) }),
    );
    const planned = { to: "+5511999990001", jid: null, contactId: null, variables: {}, firstContact: true };
    const making = () => makeRecipients(db, before, [{ ...planned, reason: null, person: null, place: null }], 0);
    await campaigns.act(id, "pause");
    expect((await campaigns.ask("DELETE", `/${id}`)).status).toBe(204);
    expect(await Array.fromAsync(making())).toEqual([]);
    await campaigns.materialise(id);
    expect(await Array.fromAsync(making())).toEqual([]);
    expect(await rowsLeftOf(id)).toEqual([]);
  });
});

describe("GET /api/campaigns/:id/recipients", () => {
  it("lists all in the order of the audience, or those with a status, with the reason why some are skipped", async () => {
    const audience = { recipients: [...recipients, { to: "nobody" }, { to: "5511999990001" }, { to: "+15551113333" }] };
    const id = await campaigns.made({ audience });
    await campaigns.act(id, "start");
    await campaigns.materialise(id);
    const all = await campaigns.ask("GET", `/${id}/recipients`);
    expect(all.body.data.map(({ to, status, reason }: Record<string, string>) => [to, status, reason])).toEqual([
      ["+5511999990001", "pending", null],
      ["+5511999990002", "pending", null],
      ["nobody", "skipped", "invalid_number"],
      ["5511999990001", "skipped", "duplicate"],
      ["+15551113333", "skipped", "missing_variable"],
    ]);
    expect(all.body.data[0]).toEqual({
      to: "+5511999990001",
      contactId: null,
      status: "pending",
      messageId: null,
      reason: null,
      error: null,
      sentAt: null,
      repliedAt: null,
    });
    const query = { status: "skipped", limit: "2" };
    const skipped = await campaigns.door.ask("GET", `/api/campaigns/${id}/recipients`, {
      key: campaigns.tenant.key,
      query,
    });
    expect(skipped.body.data).toHaveLength(2);
    expect((await campaigns.get(id)).stats).toMatchObject({ total: 5, pending: 2, skipped: 3 });
    const wrong = { key: campaigns.tenant.key, query: { status: "lost" } };
    expectProblem(await campaigns.door.ask("GET", `/api/campaigns/${id}/recipients`, wrong), 400, "validation_failed");
  });
});

async function rowsLeftOf(id: string): Promise<unknown[]> {
  const { client, table } = campaigns.door.aws.db;
  const found = await Promise.all(
    [table.campaigns, table.campaign_recipients].map(TableName => client.send(new ScanCommand({ TableName }))),
  );
  return found.flatMap(({ Items = [] }) => Items).filter(item => JSON.stringify(item).includes(id));
}
