import { randomUUID } from "node:crypto";
import { eventually } from "../eventually.ts";

/** Every field of an answer that a journey reads; which of them are there depends on what was asked. */
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
  qr: { code: string; image: string; expiresAt: string } | null;
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

/** A customer of the REST API: one base address, one key, nothing else. */
export class Customer {
  readonly api: string;
  readonly key: string;

  constructor(api: string, key: string) {
    this.api = api;
    this.key = key;
  }

  async ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const answer = await fetch(`${this.api}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.key}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: text === "" ? {} : JSON.parse(text) };
  }

  get = (path: string) => this.ask("GET", path);
  post = (path: string, body: unknown = {}, headers: Record<string, string> = {}) =>
    this.ask("POST", path, body, { "idempotency-key": randomUUID(), ...headers });

  async session(id: string) {
    const answer = await this.get(`/api/sessions/${id}`);
    if (answer.status !== 200) throw new Error(`GET session answered ${answer.status}`);
    return answer.body;
  }

  /** Waits until a session has a status, and answers it. */
  sessionThatIs(status: string, id: string, timeoutMs?: number) {
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
  messageThatIs(status: string, message: { id: string; chatId: string; sessionId: string }) {
    const path = `/api/messages/${message.chatId}/${message.id}?sessionId=${message.sessionId}`;
    return eventually(`message ${message.id} to be ${status}`, async () => {
      const { body } = await this.get(path);
      return body.status === status && body;
    });
  }
}
