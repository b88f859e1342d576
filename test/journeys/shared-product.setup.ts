import type { TestProject } from "vitest/node";
import { type ReadyLine, startProduct, temporaryData } from "./product.ts";

declare module "vitest" {
  interface ProvidedContext {
    product: { ready: ReadyLine; dataPath: string; logPath: string };
  }
}

/**
 * Starts the one product that most journeys share. Each of their files has tenants and phones of its own, so that they
 * run at the same time; what kills hosts or floods everybody starts a product of its own instead.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const data = await temporaryData();
  const product = await startProduct(data.path, "--fresh", "--environments", "24");
  project.provide("product", { ready: product.ready, dataPath: data.path, logPath: product.logPath });
  return async () => {
    await product.stop();
    await data[Symbol.asyncDispose]();
  };
}
