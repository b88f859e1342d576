import type { Connection } from "./connection.ts";
import type { DeviceAddress } from "./device-address.ts";
import type { Phone } from "./phones.ts";
import { firstChild, SERVER_JID, type Stanza, stanza, unixSeconds } from "./stanza.ts";
import type { World } from "./world.ts";

/** The logged-in client that asks. */
export interface IqClient {
  readonly connection: Connection;
  readonly address: DeviceAddress;
  readonly phone: Phone;
}

/** What a client asked: the `<iq>`, and its first child, which says what about. */
interface IqRequest {
  readonly iq: Stanza;
  readonly query: Stanza;
}

/** The children of the answer, or why there is none. `afterwards` happens once the answer has gone out. */
export type IqAnswer =
  | { readonly content?: Stanza[]; readonly afterwards?: () => void }
  | { readonly error: { code: string; text: string } };

type IqHandler = (client: IqClient, request: IqRequest) => IqAnswer;

/** Handlers by `xmlns type child`, for instance `encrypt get count`; `*` stands for any child. */
export type IqHandlers = Readonly<Record<string, IqHandler>>;

const NOT_IMPLEMENTED = { error: { code: "501", text: "feature-not-implemented" } } as const;

/** Answers queries: every request gets a result or an error, so that no client waits for its query timeout. */
export class IqRouter {
  readonly #world: World;
  readonly #handlers: IqHandlers;

  constructor(world: World, handlers: IqHandlers) {
    this.#world = world;
    this.#handlers = handlers;
  }

  answer(client: IqClient, iq: Stanza): void {
    const { type = "", xmlns = "" } = iq.attrs;
    if (type === "result" || type === "error") return;
    const query = firstChild(iq) ?? stanza("");
    const handler = this.#handlers[`${xmlns} ${type} ${query.tag}`] ?? this.#handlers[`${xmlns} ${type} *`];
    if (!handler)
      this.#world.log.warn("client asked something that is not simulated", { xmlns, type, query: query.tag });
    const answer = handler ? handler(client, { iq, query }) : NOT_IMPLEMENTED;
    client.connection.send(this.#answerStanza(iq, answer));
    if ("afterwards" in answer) answer.afterwards?.();
  }

  #answerStanza(iq: Stanza, answer: IqAnswer): Stanza {
    const attributes = { id: iq.attrs.id, from: iq.attrs.to ?? SERVER_JID, t: unixSeconds(this.#world.now()) };
    return "error" in answer
      ? stanza("iq", { ...attributes, type: "error" }, [stanza("error", answer.error)])
      : stanza("iq", { ...attributes, type: "result" }, answer.content);
  }
}
