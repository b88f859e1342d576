import { afterAll, beforeAll, beforeEach } from "vitest";
import { Customer } from "./customer.ts";
import { type Product, startProduct, temporaryData } from "./product.ts";
import { Simulator } from "./simulator.ts";

/** The whole product over a data folder of its own, with its first customer; all is gone when the test is over. */
export class FreshProduct {
  readonly ready: Product["ready"];
  readonly dataPath: string;
  readonly customer: Customer;
  readonly whatsapp: Simulator;
  readonly #parts: AsyncDisposableStack;

  constructor(ready: Product["ready"], dataPath: string, parts: AsyncDisposableStack) {
    this.ready = ready;
    this.dataPath = dataPath;
    this.customer = new Customer(ready.api, ready.apiKey);
    this.whatsapp = new Simulator(ready.simulator);
    this.#parts = parts;
  }

  static async start(): Promise<FreshProduct> {
    await using parts = new AsyncDisposableStack();
    const { path } = parts.use(await temporaryData());
    const { ready } = parts.use(await startProduct(path, "--fresh"));
    return new FreshProduct(ready, path, parts.move());
  }

  /** Lets something end with the product. */
  use<T extends AsyncDisposable>(part: T): T {
    return this.#parts.use(part);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#parts.disposeAsync();
  }
}

/**
 * One product for all tests of a file or suite, prepared as told. A test that is tried a second time gets a new one: what
 * its first try left behind must not decide. Not for tests that run at the same time.
 */
export function onFreshProduct(prepare: (product: FreshProduct) => Promise<void> | void): void {
  let product: FreshProduct | undefined;
  const start = async () => {
    product = await FreshProduct.start();
    await prepare(product);
  };
  const end = async () => product?.[Symbol.asyncDispose]();
  beforeAll(start);
  beforeEach(async ({ task }) => {
    if ((task.result?.retryCount ?? 0) === 0) return;
    await end();
    await start();
  });
  afterAll(end);
}
