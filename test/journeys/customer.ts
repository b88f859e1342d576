import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { createClient, type Schemas, type WasaasClient } from "../../client/client.js";
import { eventually } from "../eventually.ts";
import type { Simulator } from "./simulator.ts";

/**
 * Every field of an answer that a journey reads where it asks by hand; which of them are there depends on what was
 * asked. What the typed client answers has its own types.
 */
export interface Body {
  id: string;
  sessionId: string;
  chatId: string;
  waMessageId: string;
  status: string;
  text: string;
  code: string;
  secret: string;
  requestId: string;
  uploadUrl: string;
  importId: string;
  created: number;
  qr: { code: string; image: string; expiresAt: string } | null;
  pairingCode: string | null;
  phone: { jid: string; lid: string; number: string } | null;
  lastDisconnect: { reason: string } | null;
  timeline: { status: string; at: string }[];
  data: Body[];
  nextCursor: string | null;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/**
 * A customer of the REST API: one base address, one key, nothing else. What a customer does as a rule goes through the
 * typed client; `ask` is for what that would not let one say.
 */
export class Customer {
  readonly api: string;
  readonly key: string;
  readonly client: WasaasClient;

  constructor(api: string, key: string) {
    this.api = api;
    this.key = key;
    const ask = (request: Request) => patiently(request.method, request.headers, () => fetch(request.clone()));
    this.client = createClient({ baseUrl: api, apiKey: key, fetch: ask });
  }

  async ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const request = {
      method,
      headers: {
        authorization: `Bearer ${this.key}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
    const answer = await patiently(method, new Headers(headers), () => fetch(`${this.api}${path}`, request));
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: text === "" ? {} : JSON.parse(text) };
  }

  get = (path: string) => this.ask("GET", path);
  post = (path: string, body: unknown = {}, headers: Record<string, string> = {}) =>
    this.ask("POST", path, body, { "idempotency-key": randomUUID(), ...headers });

  /** Makes a session, which is still to be linked. */
  async createSession(body: Schemas["CreateSession"]) {
    return given(await this.client.POST("/api/sessions", { body, params: fresh() }));
  }

  /** Makes a session, links it to a new phone with this number, and answers the id once it is connected. */
  async linkedSession(whatsapp: Simulator, number: string, body: Schemas["CreateSession"]): Promise<string> {
    await whatsapp.phone(number);
    const { id } = await this.createSession(body);
    const { qr } = await this.sessionThatIs("qr", id);
    await whatsapp.scan(number, qr?.code ?? "");
    await this.sessionThatIs("connected", id);
    return id;
  }

  async session(sessionId: string) {
    return given(await this.client.GET("/api/sessions/{sessionId}", { params: { path: { sessionId } } }));
  }

  async send(body: Schemas["SendMessage"]) {
    return given(await this.client.POST("/api/messages/send", { body, params: fresh() }));
  }

  /** The newest messages of a chat, newest first. */
  async history(sessionId: string, chatId: string) {
    const params = { path: { chatId }, query: { sessionId } };
    return given(await this.client.GET("/api/messages/{chatId}", { params })).data;
  }

  async createWebhook(body: Schemas["CreateWebhook"]) {
    return given(await this.client.POST("/api/webhooks", { body, params: fresh() }));
  }

  /** Waits until a session has a status, and answers it. */
  sessionThatIs(status: Schemas["SessionStatus"], id: string, timeoutMs?: number) {
    return eventually(
      `session ${id} to be ${status}`,
      async () => {
        const session = await this.session(id);
        return session.status === status && session;
      },
      timeoutMs,
    );
  }

  /** Waits until a message has reached a status, and answers it with its timeline. */
  messageThatIs(status: Schemas["MessageStatus"], message: { id: string; chatId: string; sessionId: string }) {
    const { id: messageId, chatId, sessionId } = message;
    const params = { path: { chatId, messageId }, query: { sessionId } };
    return eventually(`message ${messageId} to be ${status}`, async () => {
      const found = given(await this.client.GET("/api/messages/{chatId}/{messageId}", { params }));
      return found.status === status && found;
    });
  }
}

const triesMax = 3;

/**
 * Asks again where the API says to try again in a moment, as a customer does: what carries an Idempotency-Key happens
 * once. A machine that starts four products at once may not answer the first requests in time.
 */
async function patiently(method: string, headers: Headers, ask: () => Promise<Response>): Promise<Response> {
  const isRepeatable = method !== "POST" || headers.has("idempotency-key");
  for (let tries = 1; ; tries++) {
    const answer = await ask();
    if (answer.status !== 503 || !isRepeatable || tries === triesMax) return answer;
    await answer.text();
    await delay(Number(answer.headers.get("retry-after")) * 1_000);
  }
}

/** What a successful call answered; a failed one throws its problem details. */
function given<T>({ data, error, response }: { data?: T; error?: unknown; response: Response }): T {
  if (data === undefined) throw new Error(`${response.url} answered ${response.status}: ${JSON.stringify(error)}`);
  return data;
}

const fresh = () => ({ header: { "Idempotency-Key": randomUUID() } });
