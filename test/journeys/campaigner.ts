import { expect } from "vitest";
import type { Schemas } from "../../client/client.js";
import { eventually } from "../eventually.ts";
import type { Customer } from "./customer.ts";
import type { Simulator } from "./simulator.ts";

/** What a journey reads of a campaign. */
export interface SeenCampaign {
  id: string;
  status: string;
  pausedReason: string | null;
  waiting: { reason: string; until: string | null } | null;
  replied: number;
  stats: Record<"total" | "pending" | "queued" | "sent" | "delivered" | "read" | "failed" | "skipped", number>;
}

export interface SeenRecipient {
  to: string;
  status: string;
  reason: string | null;
  messageId: string | null;
}

/** Limits with which campaigns go as fast as they can. */
export const fastest = { campaignMessagesPerMinute: 6_000, firstContactsPerDay: null };

/** A customer who runs campaigns from one session. */
export class Campaigner {
  readonly customer: Customer;
  readonly sessionId: string;

  constructor(customer: Customer, sessionId: string) {
    this.customer = customer;
    this.sessionId = sessionId;
  }

  /** Links a session whose campaigns may go as fast as they can. */
  static async linked(customer: Customer, whatsapp: Simulator, number: string, limits = {}): Promise<Campaigner> {
    const body = { name: "Campaigns", limits: { ...fastest, ...limits } };
    return new Campaigner(customer, await customer.linkedSession(whatsapp, number, body));
  }

  /** Makes a campaign and starts it. */
  async start(body: Record<string, unknown>): Promise<string> {
    const made = await this.customer.post("/api/campaigns", { name: "Sale", sessionId: this.sessionId, ...body });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    await this.change(made.body.id, "start");
    return made.body.id;
  }

  async change(id: string, action: "start" | "pause" | "resume" | "cancel"): Promise<void> {
    const answer = await this.customer.post(`/api/campaigns/${id}/${action}`);
    expect(answer.status, JSON.stringify(answer.body)).toBe(202);
  }

  /** Changes the session's limits. */
  async limit(limits: Partial<Schemas["Session"]["limits"]>): Promise<void> {
    const answer = await this.customer.ask("PATCH", `/api/sessions/${this.sessionId}`, { limits });
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  }

  async seen(id: string): Promise<SeenCampaign> {
    const { body } = await this.customer.get(`/api/campaigns/${id}`);
    return body as unknown as SeenCampaign;
  }

  /** Waits until a campaign is as said, and answers it. */
  that(what: string, id: string, is: (seen: SeenCampaign) => boolean, timeoutMs = 60_000): Promise<SeenCampaign> {
    let last: SeenCampaign | undefined;
    const asked = eventually(
      what,
      async () => {
        last = await this.seen(id);
        return is(last) && last;
      },
      timeoutMs,
    );
    return asked.catch(error => {
      throw new Error(`${what}; it is ${JSON.stringify(last)}`, { cause: error });
    });
  }

  async recipients(id: string): Promise<SeenRecipient[]> {
    const all: SeenRecipient[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const more = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
      const { body } = await this.customer.get(`/api/campaigns/${id}/recipients?limit=100${more}`);
      all.push(...(body.data as unknown as SeenRecipient[]));
      cursor = body.nextCursor;
    }
    return all;
  }

  /** Everything in the event log of a type, as far as it is shown. */
  async events(type: string): Promise<{ id: string; sequence: number; data: Record<string, unknown> }[]> {
    const { body } = await this.customer.get(`/api/events?type=${type}&limit=100&sessionId=${this.sessionId}`);
    return body.data as unknown as { id: string; sequence: number; data: Record<string, unknown> }[];
  }
}
