import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { eventually } from "../eventually.ts";
import type { Body } from "./customer.ts";

export interface ReceivedEvent {
  id: string;
  type: string;
  sequence: number;
  sessionId: string | null;
  tenantId: string;
  data: Body & { direction: string; from: { phone: string | null; lid: string | null } };
}

/** A customer's endpoint on this machine: verifies every signature with the `standardwebhooks` package. */
export class WebhookReceiver {
  readonly events: ReceivedEvent[] = [];
  /** What failed to verify: a test that ends with any of it fails. */
  readonly refused: string[] = [];
  secret = "";
  /** What it answers its `count`th verified request (from 1) with; null: nothing, ever. */
  answer: (count: number) => number | null = () => 204;
  #server = createServer();

  async listen(): Promise<string> {
    this.#server.on("request", async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const status = this.#take(Buffer.concat(chunks).toString(), request.headers);
      if (status !== null) response.writeHead(status).end();
    });
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook`;
  }

  #take(body: string, headers: NodeJS.Dict<string | string[]>): number | null {
    try {
      const event = new Webhook(this.secret).verify(body, headers as Record<string, string>) as ReceivedEvent;
      if (headers["webhook-id"] !== event.id) throw new Error("the webhook-id is not the event's id");
      this.events.push(event);
      return this.answer(this.events.length);
    } catch (error) {
      this.refused.push(String(error));
      return 400;
    }
  }

  /** Waits for an event of a type, with what else it must be. */
  event(type: string, is: (event: ReceivedEvent) => boolean = () => true): Promise<ReceivedEvent> {
    return eventually(`a ${type} webhook`, () => this.events.find(event => event.type === type && is(event)));
  }

  async [Symbol.asyncDispose]() {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}
