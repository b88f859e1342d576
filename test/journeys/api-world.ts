import { eventually } from "../eventually.ts";
import {
  type DocumentedOperation,
  type OpenApiDocument,
  operationsOf,
  type Schema,
  schemaOf,
} from "../openapi-document.ts";
import { Customer } from "./customer.ts";
import { type Product, wasaas } from "./product.ts";
import { Simulator } from "./simulator.ts";

/** A request as it goes out, made of an operation's own example and of ids that exist. */
export interface ApiRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body: unknown;
}

/** What stands for which id, by the name of the parameter or by the kind of the id. */
export type Names = Record<string, string>;

const exampleIds = /\b([a-z]{3})_[0-9A-HJKMNP-TV-Z]{26}\b/g;
const owner = "15550000031";
/** The person of the document's examples. */
const friend = "5511999999999";

/**
 * A tenant with everything an operation may ask for: what it names by id is made when it is first needed, by the calls
 * of the API that make such things. An operation that asks for something nobody knows how to make fails by name.
 */
export class ApiWorld {
  readonly customer: Customer;
  readonly document: OpenApiDocument;
  readonly operations: readonly DocumentedOperation[];
  readonly #whatsapp: Simulator;
  #sessionId = "";

  private constructor(customer: Customer, whatsapp: Simulator, document: OpenApiDocument) {
    this.customer = customer;
    this.document = document;
    this.operations = operationsOf(document);
    this.#whatsapp = whatsapp;
  }

  static async open(product: Product, dataDir: string): Promise<ApiWorld> {
    const customer = await newCustomer(product, dataDir);
    const answer = await fetch(`${product.ready.api}/openapi.json`);
    const document = (await answer.json()) as OpenApiDocument;
    const world = new ApiWorld(customer, new Simulator(product.ready.simulator), document);
    await world.#link();
    return world;
  }

  /** A session linked to a phone, and a friend who reads what it sends and answers. */
  async #link(): Promise<void> {
    await this.#whatsapp.phone(owner);
    await this.#whatsapp.phone(friend, { readsMessages: true });
    const { id } = await this.customer.createSession({ name: "Contract" });
    const { qr } = await this.customer.sessionThatIs("qr", id);
    await this.#whatsapp.scan(owner, qr?.code ?? "");
    await this.customer.sessionThatIs("connected", id);
    this.#sessionId = id;
  }

  /** A request of an operation that ought to succeed, and the names that it uses. */
  async request(shown: DocumentedOperation): Promise<ApiRequest & { readonly names: Names }> {
    const { method, path, operation } = shown;
    const names: Names = {};
    for (const { name, in: place, required = false, schema } of operation.parameters) {
      if (place !== "path" && !(place === "query" && required)) continue;
      names[name] = await this.#named(shown, place, name, schema, names);
    }
    const body = await this.#body(shown, names);
    const query = operation.parameters.filter(parameter => parameter.in === "query" && parameter.required);
    const asked = query.map(({ name }) => `${name}=${encodeURIComponent(names[name] ?? "")}`).join("&");
    const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(names[name] ?? ""));
    return { method, path: asked === "" ? filled : `${filled}?${asked}`, body, names };
  }

  async #body({ operation }: DocumentedOperation, names: Names): Promise<unknown> {
    const example = operation.requestBody?.content["application/json"]?.example;
    if (example === undefined) return undefined;
    const text = JSON.stringify(example);
    for (const [, kind = ""] of text.matchAll(exampleIds)) names[kind] ??= await this.make(kind, names);
    return JSON.parse(text.replaceAll(exampleIds, (_, kind: string) => names[kind] ?? ""));
  }

  /** Whatever a path names is made for this request alone: what it does to it harms no other. */
  #named(shown: DocumentedOperation, place: string, name: string, schema: Schema, names: Names): Promise<string> {
    const kind = kindOf(schema) ?? name;
    if (kind === "ses" && place === "path") return this.#created(kind);
    if (kind in this.#makers || this.#creatorOf(kind) !== undefined) return this.make(kind, names);
    const { operationId } = shown.operation;
    throw new Error(`${operationId} asks for ${name}: say in test/journeys/api-world.ts where one comes from`);
  }

  /** A new thing of a kind (`whk`, or the name of a parameter that is no id), beside the names chosen so far. */
  make(kind: string, names: Names = {}): Promise<string> {
    const made = this.#makers[kind];
    return made === undefined ? this.#created(kind) : made(names);
  }

  readonly #makers: Readonly<Record<string, (names: Names) => Promise<string>>> = {
    ses: async () => this.#sessionId,
    chatId: async () => `${friend}@s.whatsapp.net`,
    msg: async () => {
      const message = await this.customer.send({ sessionId: this.#sessionId, to: friend, text: "for the contract" });
      return (await this.customer.messageThatIs("read", message)).id;
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

  /** Makes a thing by the operation that answers one of its kind. */
  async #created(kind: string): Promise<string> {
    const creator = this.#creatorOf(kind);
    if (creator === undefined) throw new Error(`no operation makes a ${kind}_…: say in test/journeys/api-world.ts how`);
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
        const id = media && schemaOf(this.document, media.schema).properties?.id;
        return id !== undefined && kindOf(id) === kind;
      });
    });
  }
}

/** A tenant that is never limited: what is looked at here is not how often it may ask. */
export async function newCustomer({ ready }: Product, dataDir: string): Promise<Customer> {
  const plan = ["--name", "Contract", "--plan", "enterprise", "--rate-limit", "1000000"];
  const { id } = await wasaas(dataDir, "tenants", "create", ...plan);
  const { key } = await wasaas(dataDir, "keys", "create", "--tenant", String(id));
  return new Customer(ready.api, String(key));
}

/** The kind of id that a schema takes: `ses`. */
export function kindOf({ pattern }: Schema): string | undefined {
  return /^\^([a-z]{3})_\[/.exec(String(pattern))?.[1];
}
