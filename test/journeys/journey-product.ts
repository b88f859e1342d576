import { afterAll, beforeAll, inject } from "vitest";
import { Customer } from "./customer.ts";
import { type Product, type ReadyLine, startProduct, temporaryData, wasaas } from "./product.ts";
import { Simulator } from "./simulator.ts";
import { watchLog } from "./watched-logs.ts";

/** A running product as one file of journeys sees it: entered by its addresses, with a customer of the file's own. */
export class JourneyProduct {
  readonly ready: ReadyLine;
  readonly dataPath: string;
  readonly customer: Customer;
  readonly whatsapp: Simulator;
  readonly #parts: AsyncDisposableStack;

  constructor({ ready, dataPath }: { ready: ReadyLine; dataPath: string }, parts: AsyncDisposableStack) {
    this.ready = ready;
    this.dataPath = dataPath;
    this.customer = new Customer(ready.api, ready.apiKey);
    this.whatsapp = new Simulator(ready.simulator);
    this.#parts = parts;
  }

  /** The whole product over a data folder of its own; all is gone when it is disposed of. */
  static async fresh(): Promise<JourneyProduct> {
    await using parts = new AsyncDisposableStack();
    const { path } = parts.use(await temporaryData());
    const { ready }: Product = parts.use(await startProduct(path, "--fresh"));
    return new JourneyProduct({ ready, dataPath: path }, parts.move());
  }

  /** The product that all journeys share which harm no other, with a tenant of its own on the pro plan. */
  static async shared(): Promise<JourneyProduct> {
    const { ready, dataPath, logPath } = inject("product");
    watchLog(logPath);
    const { id } = await wasaas(dataPath, "tenants", "create", "--name", "Journey", "--plan", "pro");
    const { key } = await wasaas(dataPath, "keys", "create", "--tenant", String(id));
    const own = { ...ready, apiKey: String(key), tenantId: String(id) };
    return new JourneyProduct({ ready: own, dataPath }, new AsyncDisposableStack());
  }

  /** Lets something end with the product. */
  use<T extends AsyncDisposable>(part: T): T {
    return this.#parts.use(part);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#parts.disposeAsync();
  }
}

type Prepare = (product: JourneyProduct) => Promise<void> | void;

/** One product of its own for all tests of a file or suite, prepared as told: for what would harm others. */
export function onFreshProduct(prepare: Prepare): void {
  on(() => JourneyProduct.fresh(), prepare);
}

/** The shared product for all tests of a file or suite, prepared as told. Its phones' numbers are the file's own. */
export function onSharedProduct(prepare: Prepare): void {
  on(() => JourneyProduct.shared(), prepare);
}

function on(start: () => Promise<JourneyProduct>, prepare: Prepare): void {
  let product: JourneyProduct | undefined;
  beforeAll(async () => {
    product = await start();
    await prepare(product);
  });
  afterAll(async () => product?.[Symbol.asyncDispose]());
}
