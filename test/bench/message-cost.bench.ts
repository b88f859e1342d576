import * as z from "zod";
import type { Observe } from "../../local/aws/intercept.ts";
import { eventually } from "../eventually.ts";
import { HostStage } from "../socket-host/host-stage.ts";
import type { Bench, Figure } from "./bench.ts";

const messages = 100;
const owner = "5511900000901";
const friend = "5511900000902";

const Part = z.object({ TableName: z.string() });
const Transaction = z.object({ TransactItems: z.array(z.record(z.string(), Part)) });
const singleWrites = new Set(["PutItem", "UpdateItem", "DeleteItem"]);

/** What was written to DynamoDB since it was last asked: calls, items, and bytes of the requests. */
class WriteCount {
  #calls = 0;
  #items = 0;
  #keyItems = 0;
  #bytes = 0;

  readonly observe: Observe = ({ service, action }, body) => {
    if (service !== "dynamodb") return;
    const parsed: unknown = singleWrites.has(action) || action === "TransactWriteItems" ? JSON.parse(String(body)) : {};
    const single = Part.safeParse(parsed);
    const parts = single.success
      ? [single.data]
      : (Transaction.safeParse(parsed).data?.TransactItems ?? []).flatMap(Object.values);
    if (parts.length === 0) return;
    const tables = parts.map(part => Part.parse(part).TableName);
    // Renewals of the host's lease go on by themselves.
    if (tables.every(name => name.endsWith("leases"))) return;
    this.#calls++;
    this.#items += parts.length;
    this.#keyItems += tables.filter(name => name.endsWith("keys")).length;
    this.#bytes += body.byteLength;
  };

  figures(of: string): Figure[] {
    const each = (name: string, sum: number, unit: string) => ({
      name: `${name} a message ${of}`,
      value: sum / messages,
      unit,
    });
    const figures = [
      each("write calls", this.#calls, "calls"),
      each("items written", this.#items, "items"),
      each("items of the key table", this.#keyItems, "items"),
      each("bytes of write requests", this.#bytes, "bytes"),
    ];
    this.#calls = 0;
    this.#items = 0;
    this.#keyItems = 0;
    this.#bytes = 0;
    return figures;
  }
}

/** What one message costs in DynamoDB, in a conversation that goes on, from its acceptance to its delivery. */
export const bench: Bench = {
  promise: "what a message sent and a message received write to DynamoDB",
  async run(say) {
    const count = new WriteCount();
    const hosts = await HostStage.open({ observe: count.observe });
    try {
      await hosts.host();
      await hosts.control.createPhone(friend, "Friend");
      const session = await hosts.linked(owner);
      // The first messages of a chat make its names and its Signal session.
      await hosts.untilMessage(await hosts.accept(session, friend, "first"), "delivered");
      await hosts.control.say(friend, owner, "first");
      await eventually(
        "the first answer",
        async () => (await hosts.history(session, `${friend}@s.whatsapp.net`)).length === 2,
      );
      count.figures("before");
      for (let place = 0; place < messages; place++) {
        await hosts.untilMessage(await hosts.accept(session, friend, `out ${place}`), "delivered");
      }
      say(`${messages} sent`);
      const sent = count.figures("sent");
      for (let place = 0; place < messages; place++) await hosts.control.say(friend, owner, `in ${place}`);
      const received = async () =>
        (await hosts.events(session)).filter(event => event.type === "message.received").length === messages + 1;
      await eventually("all of them to be told", received, 120_000);
      say(`${messages} received`);
      return [...sent, ...count.figures("received")];
    } finally {
      await hosts.close();
    }
  },
};
