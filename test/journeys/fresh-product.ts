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

  [Symbol.asyncDispose](): Promise<void> {
    return this.#parts.disposeAsync();
  }
}
