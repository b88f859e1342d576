import * as z from "zod";

const Message = z.object({
  seq: z.number(),
  id: z.string(),
  from: z.string(),
  chat: z.string(),
  type: z.string(),
  text: z.string().nullable(),
  caption: z.string().nullable(),
  media: z
    .strictObject({ mimetype: z.string(), size: z.number(), sha256: z.string(), filename: z.string().nullable() })
    .nullable(),
  quotedId: z.string().nullable(),
  mentions: z.array(z.string()),
  copies: z.number(),
  receivedAt: z.iso.datetime(),
});
const Group = z.strictObject({
  id: z.string(),
  subject: z.string(),
  description: z.string().nullable(),
  announce: z.boolean(),
  participants: z.array(
    z.strictObject({ number: z.string(), jid: z.string(), lid: z.string().nullable(), role: z.string() }),
  ),
});
const Device = z.object({
  id: z.number(),
  name: z.string(),
  jid: z.string(),
  lid: z.string(),
  connected: z.boolean(),
  linkedAt: z.iso.datetime(),
});
const Identity = z.strictObject({ number: z.string(), jid: z.string(), lid: z.string(), name: z.string() });
const Phone = Identity.extend({
  online: z.boolean(),
  readsMessages: z.boolean(),
  repliesWith: z.string().nullable(),
  deliveryDelayMs: z.number(),
  addressing: z.string(),
  lidMigrated: z.boolean(),
  asksForTokens: z.boolean(),
  devices: z.array(Device),
});
interface AccountSettings {
  lidMigrated?: boolean;
  asksForTokens?: boolean;
}
const Stats = z.record(z.string(), z.number());

/** Calls the control API as anyone would, over HTTP, and checks the shape of what it answers. */
export class ControlClient {
  readonly url: string;
  readonly #newPhones: AccountSettings;

  /** `newPhones` is said of each phone that is made. */
  constructor(url: string, newPhones: AccountSettings = {}) {
    this.url = url;
    this.#newPhones = newPhones;
  }

  async call(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    const response = await fetch(this.url + path, init);
    const text = await response.text();
    return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
  }

  /** The body of a call that must succeed. */
  async ok(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await this.call(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  async createPhone(number: string, name: string, settings: AccountSettings = {}) {
    return Identity.parse(await this.ok("POST", "/phones", { number, name, ...this.#newPhones, ...settings }));
  }

  async phone(number: string) {
    return Phone.parse(await this.ok("GET", `/phones/${number}`));
  }

  async change(number: string, settings: object) {
    return Phone.parse(await this.ok("PATCH", `/phones/${number}`, settings));
  }

  scan(number: string) {
    return async (qr: string) => Device.parse(await this.ok("POST", `/phones/${number}/scan`, { qr }));
  }

  async pair(number: string, code: string) {
    return Device.parse(await this.ok("POST", `/phones/${number}/pair`, { code }));
  }

  async messages(number: string, after = 0) {
    const body = await this.ok("GET", `/phones/${number}/messages?after=${after}`);
    return z.strictObject({ data: z.array(Message) }).parse(body).data;
  }

  async say(number: string, to: string, text: string): Promise<string> {
    return z.strictObject({ id: z.string() }).parse(await this.ok("POST", `/phones/${number}/messages`, { to, text }))
      .id;
  }

  async createGroup(subject: string, participants: string[]) {
    return Group.parse(await this.ok("POST", "/groups", { subject, participants }));
  }

  async changeGroup(id: string, change: object) {
    return Group.parse(await this.ok("PATCH", `/groups/${id}`, change));
  }

  async group(id: string) {
    return Group.parse(await this.ok("GET", `/groups/${id}`));
  }

  fault(fault: object) {
    return this.ok("POST", "/faults", fault);
  }

  clearFaults() {
    return this.ok("DELETE", "/faults");
  }

  async stats() {
    return Stats.parse(await this.ok("GET", "/stats"));
  }
}
