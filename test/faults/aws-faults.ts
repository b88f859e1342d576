import type { AwsHooks } from "../../local/installation/cloud.ts";
import type { KeyWrite } from "./history.ts";
import type { Chance } from "./random.ts";
import type { AwsFault } from "./schedule.ts";

const errorOf = {
  dynamodb: "InternalServerError",
  sqs: "ServiceUnavailable",
  sns: "InternalFailure",
  kms: "InternalFailure",
};

interface Transaction {
  readonly TransactItems?: readonly Readonly<Record<"Put" | "Delete" | "Update", Part | undefined>>[];
  readonly ClientRequestToken?: string;
}
interface Part {
  readonly TableName: string;
  readonly Item?: Attributes;
  readonly Key?: Attributes;
  readonly ExpressionAttributeValues?: Attributes;
}
type Attributes = Readonly<Record<string, { readonly S?: string; readonly N?: string }>>;

/** The faults of the emulated AWS that hold now, and what was written to the key table. */
export class AwsFaults {
  readonly keyWrites: KeyWrite[] = [];
  readonly #chance: Chance;
  readonly #touches: (roleName: string) => boolean;
  readonly #active = new Set<AwsFault>();
  readonly #tokens = new Set<string>();

  constructor(chance: Chance, touches: (roleName: string) => boolean) {
    this.#chance = chance;
    this.#touches = touches;
  }

  get hooks(): AwsHooks {
    return {
      intercept: ({ service, roleName }) => {
        const fault = [...this.#active].find(active => active.service === service);
        // The runner itself and this harness have no roles.
        if (fault === undefined || roleName === undefined || !this.#touches(roleName)) return undefined;
        if (this.#chance.next() >= fault.share) return undefined;
        if (fault.how === "delay") return { delayMs: fault.delayMs };
        return { error: errorOf[fault.service], afterwards: fault.how === "lose" };
      },
      observe: ({ service, action }, body) => {
        if (service !== "dynamodb") return;
        if (action === "TransactWriteItems") this.#transaction(JSON.parse(body.toString()));
        if (action === "DeleteItem") this.#deletion(JSON.parse(body.toString()));
      },
    };
  }

  begin(fault: AwsFault): void {
    this.#active.add(fault);
  }

  end(fault: AwsFault): void {
    this.#active.delete(fault);
  }

  clear(): void {
    this.#active.clear();
  }

  #transaction({ TransactItems = [], ClientRequestToken }: Transaction): void {
    // The same transaction asked for again is answered, and does nothing.
    if (ClientRequestToken !== undefined) {
      if (this.#tokens.has(ClientRequestToken)) return;
      this.#tokens.add(ClientRequestToken);
    }
    for (const { Put, Delete, Update } of TransactItems) {
      if (Put !== undefined && isKeys(Put)) {
        const { Item = {} } = Put;
        this.#note(Item, Item.version === undefined ? undefined : Number(Item.version.N), Item.epoch?.N);
      }
      if (Delete !== undefined && isKeys(Delete)) this.#deletion(Delete);
      if (Update !== undefined && isKeys(Update)) {
        this.#note(Update.Key, undefined, Update.ExpressionAttributeValues?.[":epoch"]?.N);
      }
    }
  }

  #deletion(part: Part): void {
    if (isKeys(part)) this.#note(part.Key, null, part.ExpressionAttributeValues?.[":epoch"]?.N);
  }

  #note(key: Attributes | undefined, version: number | null | undefined, epoch: string | undefined): void {
    const { pk = {}, sk = {} } = key ?? {};
    this.keyWrites.push({ pk: pk.S ?? "", sk: sk.S ?? "", version, epoch: epoch === undefined ? null : Number(epoch) });
  }
}

const isKeys = ({ TableName }: Part) => /keys/i.test(TableName);
