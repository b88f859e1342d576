import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import type { LoggedEvent } from "./history.ts";
import { loggedEvent } from "./log-reader.ts";

/** A customer's endpoint that keeps every delivery as it came, and refuses what is not signed. */
export class EventReceiver {
  readonly events: LoggedEvent[] = [];
  readonly ids = new Set<string>();
  secret = "";
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    server.on("request", async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const body = Buffer.concat(chunks).toString();
      const event = loggedEvent(
        new Webhook(this.secret).verify(body, request.headers as Record<string, string>) as never,
      );
      if (request.headers["webhook-id"] !== event.id) throw new Error("the webhook-id is not the event's id");
      this.events.push(event);
      this.ids.add(event.id);
      response.writeHead(204).end();
    });
  }

  static async listen(): Promise<EventReceiver> {
    const receiver = new EventReceiver(createServer());
    receiver.#server.listen(0, "127.0.0.1");
    await once(receiver.#server, "listening");
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/events`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}
