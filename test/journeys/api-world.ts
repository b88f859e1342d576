import { eventually } from "../eventually.ts";
import {
  type DocumentedOperation,
  type OpenApiDocument,
  operationsOf,
  resolved,
  type Schema,
} from "../openapi-document.ts";
import { Customer } from "./customer.ts";
import type { JourneyProduct } from "./journey-product.ts";
import { wasaas } from "./product.ts";
import type { Simulator } from "./simulator.ts";

/** A request as it goes out, made of an operation's own example and of ids that exist. */
interface ApiRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body: unknown;
}

/** What stands for which id, by the name of the parameter or by the kind of the id. */
type Names = Record<string, string>;

export type NamedRequest = ApiRequest & { readonly names: Names };

const exampleIds = /\b([a-z]{3})_[0-9A-HJKMNP-TV-Z]{26}\b/g;
/** The person of the document's examples. */
const friend = "5511999999999";
const chatWithFriend = `${friend}@s.whatsapp.net`;
/** The smallest picture there is: one pixel, as a PNG. */
const dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/**
 * A tenant with everything an operation may ask for: what it names by id is made when it is first needed, by the calls
 * of the API that make such things. An operation that asks for something nobody knows how to make fails by name.
 */
export class ApiWorld {
  readonly customer: Customer;
  readonly document: OpenApiDocument;
  readonly operations: readonly DocumentedOperation[];
  readonly #whatsapp: Simulator;
  #number = "";
  #sessionId = "";

  private constructor(customer: Customer, whatsapp: Simulator, document: OpenApiDocument) {
    this.customer = customer;
    this.document = document;
    this.operations = operationsOf(document);
    this.#whatsapp = whatsapp;
  }

  /** `number` is that of the phone its session is linked to. */
  static async open(product: JourneyProduct, number: string): Promise<ApiWorld> {
    const customer = await newCustomer(product);
    const answer = await fetch(`${product.ready.api}/openapi.json`);
    const document = (await answer.json()) as OpenApiDocument;
    const world = new ApiWorld(customer, product.whatsapp, document);
    await world.#link(number);
    return world;
  }

  /** A session linked to a phone, and a friend who reads what it sends and answers. */
  async #link(owner: string): Promise<void> {
    this.#number = owner;
    await this.#whatsapp.phone(owner);
    await this.#whatsapp.sharedPhone(friend, { readsMessages: true });
    const { id } = await this.customer.createSession({ name: "Contract" });
    const { qr } = await this.customer.sessionThatIs("qr", id);
    await this.#whatsapp.scan(owner, qr?.code ?? "");
    await this.customer.sessionThatIs("connected", id);
    this.#sessionId = id;
  }

  /**
   * A request of an operation that ought to succeed, and the names that it uses. What its path names is made for it
   * alone, so that what it does to it harms no other; `shared` things are made once, for requests that do nothing.
   */
  async request(shown: DocumentedOperation, { shared = false } = {}): Promise<NamedRequest> {
    const { method, operation } = shown;
    const names: Names = {};
    const make = (kind: string) => (shared ? this.#shared(kind, names) : this.make(kind, names));
    for (const { name, in: place, required = false, schema } of operation.parameters) {
      const own = `${name} of ${operation.operationId}`;
      const kind = !shared && own in this.#makers ? own : (kindOf(schema) ?? name);
      if (place === "path" && kind === "ses" && !shared) names[name] = await this.#created(kind);
      else if (place === "path" || (place === "query" && required)) names[name] = await make(kind);
    }
    const example = JSON.stringify(operation.requestBody?.content["application/json"]?.example);
    for (const [, kind = ""] of (example ?? "").matchAll(exampleIds)) names[kind] ??= await make(kind);
    const body = example?.replaceAll(exampleIds, (_, kind: string) => names[kind] ?? "");
    return { method, path: addressOf(shown, names), body: body && JSON.parse(body), names };
  }

  readonly #made = new Map<string, Promise<string>>();

  #shared(kind: string, names: Names): Promise<string> {
    const made = this.#made.get(kind) ?? this.make(kind, names);
    this.#made.set(kind, made);
    return made;
  }

  /** A new thing of a kind (`whk`, or the name of a parameter that is no id), beside the names chosen so far. */
  make(kind: string, names: Names = {}): Promise<string> {
    const made = this.#makers[kind];
    return made === undefined ? this.#created(kind) : made(names);
  }

  readonly #makers: Readonly<Record<string, (names: Names) => Promise<string>>> = {
    ses: async () => this.#sessionId,
    chatId: async () => chatWithFriend,
    groupId: async () => {
      const participants = [friend, this.#number];
      const { id } = await this.#whatsapp.call("POST", "/groups", { subject: "Contract", participants });
      return eventually("the group to be seen", async () => {
        const answer = await this.customer.get(`/api/groups/${id}?sessionId=${this.#sessionId}`);
        return answer.status === 200 && answer.body.id;
      });
    },
    msg: async () => {
      const message = await this.customer.send({ sessionId: this.#sessionId, to: friend, text: "for the contract" });
      return (await this.customer.messageThatIs("read", message)).id;
    },
    "messageId of markMessageRead": () => this.#received({ text: "Hello yourself" }),
    "messageId of getMessageMedia": async () => {
      const media = { base64: dot, mimetype: "image/png" };
      const asked = { sessionId: this.#sessionId, to: friend, type: "image", media };
      return (await this.customer.post("/api/messages/send-media", asked)).body.id;
    },
    med: async () => {
      const file = "phone,name\n+5511988887777,Bia\n";
      const asked = { filename: "people.csv", mimetype: "text/csv", size: Buffer.byteLength(file) };
      const { body } = await this.customer.post("/api/media", asked);
      await fetch(body.uploadUrl, { method: "PUT", headers: { "content-type": asked.mimetype }, body: file });
      return body.id;
    },
    "campaignId of pauseCampaign": () => this.#runningCampaign(),
    "campaignId of resumeCampaign": async () => {
      const id = await this.#runningCampaign();
      await this.customer.post(`/api/campaigns/${id}/pause`, {});
      return id;
    },
    evt: () =>
      eventually("an event to be listed", async () => {
        const { data } = (await this.customer.get("/api/events")).body;
        return data[0]?.id;
      }),
    dlv: async ({ webhookId }) => {
      await this.customer.post(`/api/webhooks/${webhookId}/test`);
      return eventually("a delivery to be listed", async () => {
        const { data } = (await this.customer.get(`/api/webhooks/${webhookId}/deliveries`)).body;
        return data[0]?.id;
      });
    },
  };

  /** A campaign that still runs when it is asked about: its session writes to one person a minute. */
  async #runningCampaign(): Promise<string> {
    const recipients = ["5511999990101", "5511999990102", "5511999990103"].map(to => ({ to }));
    const pace = { messagesPerMinute: 1, jitter: 0 };
    const asked = { name: "Contract", sessionId: this.#sessionId, text: "Hello", audience: { recipients }, pace };
    const { body } = await this.customer.post("/api/campaigns", asked);
    await this.customer.post(`/api/campaigns/${body.id}/start`, {});
    return body.id;
  }

  /** The id of a message that the friend sends, once it is here with all that belongs to it. */
  async #received(content: { text: string }): Promise<string> {
    const { id } = await this.#whatsapp.call("POST", `/phones/${friend}/messages`, { to: this.#number, ...content });
    return eventually("a message to come in", async () => {
      const messages = await this.customer.history(this.#sessionId, chatWithFriend);
      return messages.find(({ waMessageId }) => waMessageId === id)?.id;
    });
  }

  /** Makes a thing by the operation that answers one of its kind. */
  async #created(kind: string): Promise<string> {
    const creator = this.#creatorOf(kind);
    if (creator === undefined) throw new Error(`nothing makes a ${kind}: say in test/journeys/api-world.ts what does`);
    const { path, body } = await this.request(creator);
    const answer = await this.customer.post(path, body);
    if (answer.status >= 300) throw new Error(`POST ${path} answered ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body.id;
  }

  #creatorOf(kind: string): DocumentedOperation | undefined {
    return this.operations.find(({ method, path, operation }) => {
      if (method !== "POST" || path.includes("{")) return false;
      const answers = Object.entries(operation.responses).filter(([status]) => status.startsWith("2"));
      return answers.some(([, { content }]) => {
        const media = content?.["application/json"];
        const id = media && resolved(this.document, media.schema).properties?.id;
        return id !== undefined && kindOf(id) === kind;
      });
    });
  }
}

/** The path of an operation with these names, and with what its query must say. */
export function addressOf({ path, operation }: DocumentedOperation, names: Names): string {
  const text = (name: string) => encodeURIComponent(names[name] ?? "");
  const query = operation.parameters.filter(parameter => parameter.in === "query" && parameter.required);
  const asked = query.map(({ name }) => `${name}=${text(name)}`).join("&");
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => text(name));
  return asked === "" ? filled : `${filled}?${asked}`;
}

/** A tenant that is never limited: what is looked at here is not how often it may ask. */
export async function newCustomer({ ready, dataPath }: JourneyProduct): Promise<Customer & { tenantId: string }> {
  const plan = ["--name", "Contract", "--plan", "enterprise", "--rate-limit", "1000000"];
  const { id } = await wasaas(dataPath, "tenants", "create", ...plan);
  const { key } = await wasaas(dataPath, "keys", "create", "--tenant", String(id));
  return Object.assign(new Customer(ready.api, String(key)), { tenantId: String(id) });
}

/** The kind of id that a schema takes: `ses`. */
export function kindOf({ pattern }: Schema): string | undefined {
  return /^\^([a-z]{3})_\[/.exec(String(pattern))?.[1];
}
