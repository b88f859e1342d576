import { APIGatewayClient, GetApiKeysCommand } from "@aws-sdk/client-api-gateway";
import { ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { PutCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { erasedTables, TenantDeletion } from "../../../domain/account/tenant-deletion.ts";
import { findTenant } from "../../../domain/account/tenant-store.ts";
import { eventRow, sessionEvent } from "../../../domain/event/log.ts";
import { openLog } from "../../../domain/log.ts";
import { type MediaBucket, openMediaBucket } from "../../../domain/media/bucket.ts";
import { outboxHead } from "../../../domain/outbox/store.ts";
import { type Session, statusesKept } from "../../../domain/session/session.ts";
import { deleteSession, findSession } from "../../../domain/session/store.ts";
import { removeGatewayKey } from "../../../functions/admin/gateway-keys.ts";
import { carryOn, lastWritersMs } from "../../../functions/tenant-deleter/carry-on.ts";
import { linkedSession } from "../api/linked-session.ts";
import { expectProblem, type FrontDoor, openFrontDoor, type TenantOfTest, usagePlanPrefix } from "../front-door.ts";

let door: FrontDoor;
let bucket: MediaBucket;
beforeAll(async () => {
  door = await openFrontDoor();
  bucket = openMediaBucket(door.aws.environment.MEDIA_BUCKET ?? "");
});
afterAll(() => door.close());

/** Deletions as the queue carries them, one after the other, with a clock that is moved. */
class Deletions {
  readonly waiting: { deletion: TenantDeletion; delaySeconds: number }[] = [];
  aheadMs = 0;
  rowsAStep = Number.POSITIVE_INFINITY;

  async step(): Promise<void> {
    const next = this.waiting.shift();
    if (next === undefined) throw new Error("nothing is queued");
    // As it comes out of the queue.
    const deletion = TenantDeletion.parse(JSON.parse(JSON.stringify(next.deletion)));
    let pages = 0;
    await carryOn(
      {
        db: door.aws.db,
        bucket,
        queue: { send: async (deletion, delaySeconds) => void this.waiting.push({ deletion, delaySeconds }) },
        removeGatewayKey,
        now: () => Date.now() + this.aheadMs,
        mayGoOn: () => ++pages < this.rowsAStep,
        log: openLog({ name: "test", level: "silent" }),
      },
      deletion,
    );
  }
}

/** A tenant with something of every kind that a tenant has. */
async function busyTenant(): Promise<{ tenant: TenantOfTest; session: Session }> {
  const tenant = await door.tenant();
  const session = await linkedSession(door, tenant);
  const post = async (path: string, json: object) => {
    const headers = { "Idempotency-Key": `of ${path}` };
    const answer = await door.ask("POST", path, { key: tenant.key, json, headers });
    expect(answer.status, path).toBeLessThan(300);
  };
  await post("/api/messages/send", { sessionId: session.id, to: "+5511912345678", text: "Hi" });
  await post("/api/templates", { name: "Hi", body: "Hi {{name}}" });
  await post("/api/webhooks", { url: "http://localhost:1/hook", events: ["*"] });
  await post("/api/contacts", { phoneNumber: "+5511912345678", name: "Ana" });
  await post("/api/media", { filename: "a.txt", mimetype: "text/plain", size: 3 });
  await post("/api/keys", { label: "second" });
  // What other programs write under a tenant, in the keys they write it under.
  for (const table of erasedTables) {
    for (const pk of [tenant.id, `${tenant.id}#some#thing`]) {
      await door.aws.db.client.send(
        new PutCommand({ TableName: door.aws.db.table[table], Item: { pk, sk: "left behind" } }),
      );
    }
  }
  for (const folder of ["uploads", "messages", "imports"]) {
    const Key = `${folder}/${tenant.id}/some/file`;
    await bucket.client.send(new PutObjectCommand({ Bucket: bucket.name, Key, Body: "abc" }));
  }
  return { tenant, session };
}

/** Everything stored that has a tenant's id in it, anywhere. */
async function tracesOf(tenant: TenantOfTest): Promise<string[]> {
  const traces: string[] = [];
  for (const [table, TableName] of Object.entries(door.aws.db.table)) {
    const { Items = [] } = await door.aws.db.client.send(new ScanCommand({ TableName }));
    const own = Items.filter(item => JSON.stringify(item).includes(tenant.id));
    traces.push(...own.map(({ pk, sk }) => `${table}: ${pk} ${sk}`));
  }
  const { Contents = [] } = await bucket.client.send(new ListObjectsV2Command({ Bucket: bucket.name }));
  traces.push(...Contents.map(({ Key = "" }) => Key).filter(key => key.includes(tenant.id)));
  const nameQuery = `${usagePlanPrefix}-${tenant.id}`;
  const { items = [] } = await new APIGatewayClient().send(new GetApiKeysCommand({ nameQuery }));
  return [...traces, ...items.map(({ name }) => `gateway: ${name}`)];
}

/** What the session's host does when it finds the control row: it unlinks, and the session is gone. */
async function unlinkAsHost({ tenantId, id }: Session): Promise<void> {
  const session = await findSession(door.aws.db, tenantId, id);
  if (session === undefined) throw new Error("the session is gone");
  expect(session.status).toBe("stopped");
  expect(session.statuses.length).toBeLessThanOrEqual(statusesKept);
  expect(await outboxHead(door.aws.db, session, "control", 10)).toMatchObject([
    { type: "session.unlink", erase: false },
  ]);
  const gone = { type: "session.deleted", cause: ["1"], data: {} } as const;
  await deleteSession(door.aws.db, session, eventRow(sessionEvent(session, 99, gone, Date.now()), Date.now()), []);
}

const remove = (id: string) => door.operate("DELETE", `/admin/tenants/${id}`);

describe("DELETE /admin/tenants/:id", () => {
  it("refuses its keys, unlinks its sessions first, and ends with nothing left of it anywhere", async () => {
    const { tenant, session } = await busyTenant();
    const bystander = await busyTenant();
    const before = (await tracesOf(bystander.tenant)).sort();
    expect(await remove(tenant.id)).toMatchObject({ status: 202, body: { id: tenant.id, status: "deleting" } });
    await expect(door.ask("GET", "/api/sessions", { key: tenant.key })).rejects.toThrow("Unauthorized");
    const deletions = new Deletions();
    deletions.waiting.push({ deletion: await queued(), delaySeconds: 0 });

    // While a session is there, or a cached key may still write, nothing is erased, and the wait goes on.
    await deletions.step();
    deletions.aheadMs = lastWritersMs;
    await deletions.step();
    expect(deletions.waiting).toEqual([{ deletion: { tenantId: tenant.id, erasing: null }, delaySeconds: 15 }]);
    expect(await findSession(door.aws.db, tenant.id, session.id)).toBeDefined();
    await unlinkAsHost(session);
    deletions.aheadMs = 0;
    await deletions.step();
    expect(deletions.waiting).toMatchObject([{ deletion: { erasing: null } }]);
    deletions.aheadMs = lastWritersMs;
    await deletions.step();

    // A page of one table a step; one step is lost in a crash, and its message comes again.
    deletions.rowsAStep = 1;
    for (let steps = 0; deletions.waiting.length > 0; steps++) {
      const [again] = deletions.waiting;
      if (steps % 5 === 0 && again !== undefined) {
        const crashed = new Deletions();
        crashed.waiting.push(again);
        await crashed.step();
      }
      await deletions.step();
      expect(steps).toBeLessThan(100);
    }
    expect(await tracesOf(tenant)).toEqual([]);
    expect((await tracesOf(bystander.tenant)).sort()).toEqual(before);
    expect((await door.ask("GET", "/api/sessions", { key: bystander.tenant.key })).status).toBe(200);
    expectProblem(await remove(tenant.id), 404, "not_found");
  });

  it("may be asked for again, and nothing else may be asked of the tenant", async () => {
    const tenant = await door.tenant();
    const first = await remove(tenant.id);
    expect((await remove(tenant.id)).body).toEqual(first.body);
    expect([(await queued()).tenantId, (await queued()).tenantId]).toEqual([tenant.id, tenant.id]);
    const path = `/admin/tenants/${tenant.id}`;
    expectProblem(await door.operate("POST", `${path}/suspend`), 409, "invalid_transition");
    expectProblem(await door.operate("POST", `${path}/resume`), 409, "invalid_transition");
    expectProblem(await door.operate("PUT", `${path}/plan`, { json: { plan: "pro" } }), 409, "invalid_transition");
    const json = { tenantId: tenant.id };
    expectProblem(await door.operate("POST", "/admin/keys", { json }), 409, "invalid_transition");
  });

  it("is not carried out on a tenant that is not being deleted", async () => {
    const { tenant } = await busyTenant();
    const before = (await tracesOf(tenant)).sort();
    const deletions = new Deletions();
    const erasing = { table: erasedTables[0], after: null, found: 0 };
    for (const each of [null, erasing]) {
      const stored = await findTenant(door.aws.db, tenant.id);
      if (stored === undefined) throw new Error("the tenant is gone");
      deletions.waiting.push({ deletion: { tenantId: stored.id, erasing: each }, delaySeconds: 0 });
      await deletions.step();
    }
    expect(deletions.waiting).toEqual([]);
    expect((await tracesOf(tenant)).sort()).toEqual(before);
  });

  /** What DELETE has put into the queue. */
  async function queued(): Promise<TenantDeletion> {
    const QueueUrl = door.aws.environment.TENANT_DELETION_QUEUE_URL;
    const { Messages = [] } = await new SQSClient().send(
      new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5, VisibilityTimeout: 600 }),
    );
    return TenantDeletion.parse(JSON.parse(Messages[0]?.Body ?? ""));
  }
});
