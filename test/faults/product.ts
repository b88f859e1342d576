import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { openCredentials } from "../../local/aws/credentials.ts";
import type { AwsHooks } from "../../local/installation/cloud.ts";
import { startInstallation } from "../../local/installation/installation.ts";
import { Customer } from "../journeys/customer.ts";
import { Simulator } from "../journeys/simulator.ts";
import type { HostWords } from "./host-words.ts";

const runnerAccessKeyId = "LKIARUNNER0000000000";

/** The whole product as `npm start` runs it, its emulated AWS in this process, its hosts and its WhatsApp as others. */
export interface FaultyProduct {
  readonly customer: Customer;
  readonly whatsapp: Simulator;
  /** The tables, reached past the product. */
  readonly db: DynamoDBDocumentClient;
  readonly leasesTable: string;
  hosts(): Promise<readonly { id: string; pid: number }[]>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startFaultyProduct(options: {
  hosts: number;
  hooks: AwsHooks;
  words: HostWords;
}): Promise<FaultyProduct> {
  const dataDir = await mkdtemp(join(tmpdir(), "wasaas-faults-"));
  const remove = () => rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  let broken: string | undefined;
  const installation = await startInstallation({
    port: 0,
    dataDir,
    fresh: true,
    whatsapp: "simulated",
    hosts: options.hosts,
    environments: 20,
    websocketUrl: undefined,
    noiseRoot: undefined,
    extraCaCerts: undefined,
    log: options.words.logger,
    environment: { ...process.env, XDG_STATE_HOME: join(dataDir, "state") },
    ending: new AbortController().signal,
    onBroken: reason => {
      broken = reason;
    },
    hooks: options.hooks,
  });
  const { ready } = installation;
  const whatsapp = new Simulator(ready.simulator ?? "");
  const { secretOf } = openCredentials(join(dataDir, "aws"));
  const credentials = { accessKeyId: runnerAccessKeyId, secretAccessKey: secretOf(runnerAccessKeyId) };
  const client = new DynamoDBClient({ endpoint: ready.aws.dynamodb, region: "us-east-1", credentials });
  const { TableNames = [] } = await client.send(new ListTablesCommand({}));
  return {
    customer: new Customer(ready.api, ready.apiKey),
    whatsapp,
    db: DynamoDBDocumentClient.from(client),
    leasesTable: TableNames.find(name => /leases/i.test(name)) ?? "",
    hosts: () => whatsapp.call("GET", "/hosts"),
    [Symbol.asyncDispose]: async () => {
      client.destroy();
      await installation.stop();
      await remove();
      if (broken !== undefined) throw new Error(`the installation broke: ${broken}`);
    },
  };
}
