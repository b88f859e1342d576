import { expect } from "vitest";
import type { Session } from "../../../domain/session/session.ts";
import { materialiserOf } from "../campaign-audiences.ts";
import { type FrontDoor, openFrontDoor, type TenantOfTest } from "../front-door.ts";
import { linkedSession } from "./linked-session.ts";

export const recipients = [
  { to: "+5511999990001", variables: { name: "Ana" } },
  { to: "+5511999990002", variables: { name: "Rui" } },
];

/** A tenant with a connected session, at the front door of campaigns. */
export class CampaignDesk {
  readonly door: FrontDoor;
  readonly tenant: TenantOfTest;
  readonly session: Session;

  constructor(door: FrontDoor, tenant: TenantOfTest, session: Session) {
    this.door = door;
    this.tenant = tenant;
    this.session = session;
  }

  static async open(): Promise<CampaignDesk> {
    const door = await openFrontDoor();
    const tenant = await door.tenant("enterprise", 100_000);
    return new CampaignDesk(door, tenant, await linkedSession(door, tenant));
  }

  close() {
    return this.door.close();
  }

  ask(method: string, path: string, json?: object, of = this.tenant, headers: Record<string, string> = {}) {
    return this.door.ask(method, `/api/campaigns${path}`, { key: of.key, ...(json && { json }), headers });
  }

  body(given: object = {}) {
    return {
      name: "Spring sale",
      sessionId: this.session.id,
      text: "Hello {{name}}",
      audience: { recipients },
      ...given,
    };
  }

  create(given: object = {}, headers: Record<string, string> = {}) {
    return this.ask("POST", "", this.body(given), this.tenant, headers);
  }

  /** One without the fields named. */
  createWithout(name: string, given: object = {}) {
    return this.ask("POST", "", Object.fromEntries(Object.entries(this.body(given)).filter(([each]) => each !== name)));
  }

  async made(given: object = {}): Promise<string> {
    return (await this.create(given)).body.id;
  }

  act(id: string, action: string, headers: Record<string, string> = {}) {
    return this.ask("POST", `/${id}/${action}`, {}, this.tenant, headers);
  }

  async get(id: string) {
    return (await this.ask("GET", `/${id}`)).body;
  }

  materialise(id: string) {
    return materialiserOf(this.door.aws).workOff({ tenantId: this.tenant.id, id } as never);
  }

  async template(text: string): Promise<string> {
    const json = { name: "Offer", body: text };
    return (await this.door.ask("POST", "/api/templates", { key: this.tenant.key, json })).body.id;
  }

  async uploaded(text: string, filename = "people.csv", mimetype = "text/csv"): Promise<string> {
    const json = { filename, mimetype, size: Buffer.byteLength(text) };
    const answer = await this.door.ask("POST", "/api/media", { key: this.tenant.key, json });
    expect((await fetch(answer.body.uploadUrl, { method: "PUT", body: text })).status).toBe(200);
    return answer.body.id;
  }
}
