import { eventually } from "../eventually.ts";

/** The simulated WhatsApp by its control API: people with phones. */
export class Simulator {
  readonly address: string;

  constructor(address: string) {
    this.address = address;
  }

  async call(method: string, path: string, body?: unknown) {
    const answer = await fetch(`${this.address}${path}`, {
      method,
      ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  }

  phone(number: string, settings: Record<string, unknown> = {}) {
    return this.call("POST", "/phones", { number, name: `Person ${number.slice(-4)}` }).then(async phone => {
      if (Object.keys(settings).length > 0) await this.call("PATCH", `/phones/${number}`, settings);
      return phone as { number: string; jid: string; lid: string; name: string };
    });
  }

  /** A phone that several files of journeys talk to: whoever comes first makes it. */
  async sharedPhone(number: string, settings: Record<string, unknown>): Promise<void> {
    const isThere = async () => {
      const phones: { number: string }[] = (await this.call("GET", "/phones")).data;
      return phones.some(phone => phone.number === number);
    };
    if (await isThere()) return;
    try {
      await this.phone(number, settings);
    } catch (error) {
      if (!(await isThere())) throw error;
    }
  }

  scan = (number: string, qr: string) => this.call("POST", `/phones/${number}/scan`, { qr });
  say = (number: string, to: string, text: string) => this.call("POST", `/phones/${number}/messages`, { to, text });
  stats = () => this.call("GET", "/stats");

  async received(number: string): Promise<ReceivedMessage[]> {
    return (await this.call("GET", `/phones/${number}/messages`)).data;
  }

  /** Waits until a phone has received a text, and answers the row. */
  receivedText(number: string, text: string) {
    return eventually(`phone …${number.slice(-4)} to receive a text`, async () =>
      (await this.received(number)).find(message => message.text === text),
    );
  }
}

export interface ReceivedMessage {
  seq: number;
  id: string;
  from: string;
  chat: string;
  type: string;
  text: string | null;
  caption: string | null;
  media: { mimetype: string; size: number; sha256: string; filename: string | null } | null;
  quotedId: string | null;
  mentions: string[];
  copies: number;
}
