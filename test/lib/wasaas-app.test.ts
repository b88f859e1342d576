import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { App, Stack, Validations } from "aws-cdk-lib";
import * as s3 from "aws-cdk-lib/aws-s3";
import { AwsSolutionsChecks } from "cdk-nag";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { parseEnvironment } from "../../domain/environment.ts";
import { tables } from "../../domain/tables.ts";
import { routes } from "../../functions/api/routes.ts";
import { bundle } from "../../lib/bundle.ts";
import { NodeFunction } from "../../lib/node-function.ts";
import { settingsOf } from "../../lib/settings.ts";
import { type Assembly, loadAssembly } from "../../local/assembly/assembly.ts";
import { ignoredProperties } from "../../local/assembly/support/ignored-properties.ts";
import { SocketHostEnvironment } from "../../socket-host/environment.ts";
import { checkTemplate } from "./resource-schema.ts";
import { statementsByRole } from "./role-statements.ts";
import { resourcesOf, type Synthesized, synthesized } from "./synthesized.ts";

const place = { region: "eu-west-1", accountId: "123456789012", awsUrl: "http://127.0.0.1:1", edgeHost: "127.0.0.1:2" };
let app: Synthesized;
let assembly: Assembly;
const folders: string[] = [];

beforeAll(async () => {
  await bundle();
  // Any finding of cdk-nag makes synthesis throw.
  app = await synthesized({}, made => Validations.of(made).addPlugins(new AwsSolutionsChecks(made)));
  folders.push(app.directory);
  assembly = await loadAssembly(app.directory, place);
}, 240_000);

afterAll(() => Promise.all(folders.map(folder => rm(folder, { recursive: true, force: true }))));

const every = () => [app.data, app.commands, app.service];
const rolesOf = () => statementsByRole(assembly.ofType("AWS::IAM::Policy"));
const roleOfHosts = () => [...rolesOf().keys()].filter(role => role.includes("SocketHostTaskTaskRole"));

describe("the synthesized app", () => {
  it("has nothing that cdk-nag's AwsSolutions finds, and the check is awake", () => {
    // The finding would have thrown in beforeAll; that it does is shown on a bucket without any protection.
    const careless = new App({ outdir: join(app.directory, "careless") });
    new s3.Bucket(new Stack(careless, "Careless"), "Bucket");
    Validations.of(careless).addPlugins(new AwsSolutionsChecks(careless));
    expect(() => careless.synth()).toThrow("AwsSolutions-S10");
  });

  it("explains every rule it acknowledges", () => {
    const key = Validations.ACKNOWLEDGED_RULES_METADATA_KEY;
    const entries = app.app.node.findAll().flatMap(construct => construct.node.metadata);
    const reasons = entries.filter(({ type }) => type === key).flatMap(({ data }) => Object.values(data));
    expect(reasons.length).toBeGreaterThan(5);
    for (const reason of reasons) expect(String(reason).length).toBeGreaterThan(40);
  });

  it("agrees with AWS's schema of every resource, and refers to nothing that is not there", () => {
    const results = every().map(checkTemplate);
    expect(results.flatMap(({ faults }) => faults)).toEqual([]);
    expect(results.reduce((sum, { checked }) => sum + checked, 0)).toBeGreaterThan(1_500);
  });

  it("asks for nothing that the local runner would silently leave out", () => {
    expect(ignoredProperties(assembly.resources)).toEqual([]);
  });

  it("stays far below CloudFormation's 500 resources a stack", () => {
    for (const template of every()) expect(Object.keys(template.Resources).length).toBeLessThan(470);
  });

  it("is the same templates when node runs bin/app.ts as when the app is made in process", async () => {
    const directory = await mkdtemp(join(tmpdir(), "wasaas-app-"));
    folders.push(directory);
    const root = join(import.meta.dirname, "..", "..");
    const env = { ...process.env, CDK_OUTDIR: directory };
    await promisify(execFile)(process.execPath, [join(root, "bin", "app.ts")], { cwd: tmpdir(), env });
    for (const stack of ["Data", "Commands", "Service"]) {
      const name = `${stack}.template.json`;
      expect(await readFile(join(directory, name), "utf8")).toBe(await readFile(join(app.directory, name), "utf8"));
    }
  }, 120_000);

  it("holds nothing that only the local runner sets, and only plain characters", () => {
    const text = JSON.stringify(every());
    expect(text).not.toMatch(/ALLOW_LOOPBACK_|WA_WEBSOCKET_URL|WA_NOISE_ROOT/);
    expect(text).toMatch(/^[ -~]*$/);
  });
});

/** Add the id of a new table here; one that changes or goes is a table that CloudFormation replaces, empty. */
const statefulIds = [
  "AccountsTable81C15AE5",
  "CampaignRecipientsTable898BA012",
  "CampaignsTableC0F6C4C0",
  "ChatsTable5DD46F92",
  "ContactsTableD21ED2A6",
  "DeliveriesTable5841210B",
  "EncryptionKey1B843E66",
  "EventsTableD24865E5",
  "IdempotencyTable22A5A209",
  "ImportsTable923D75D8",
  "KeysTableDD857A22",
  "LeasesTableBC467872",
  "MediaA721A567",
  "MediaTableCFC93525",
  "MessagesTable05B58A27",
  "OutboxTable0731F305",
  "PacesTableBE8B9758",
  "RateWindowsTableC36BABC1",
  "SessionsTable7C302024",
  "TemplatesTable3F253039",
  "UsageTable28300137",
  "WebhooksTableE7B45B0B",
];

describe("the data stack", () => {
  it("keeps the logical ids of what would be lost if it were replaced", () => {
    const stateful = Object.entries(app.data.Resources)
      .filter(([, { Type }]) => /Table|Bucket$|Key$/.test(Type))
      .map(([id]) => id);
    expect(stateful.sort()).toEqual(statefulIds);
  });

  it("retains every table, restorable to any second, protected and in the shape of the list", () => {
    const made = resourcesOf(app.data, "AWS::DynamoDB::Table");
    expect(made).toHaveLength(Object.keys(tables).length);
    for (const { DeletionPolicy, UpdateReplacePolicy, Properties } of made) {
      expect({ DeletionPolicy, UpdateReplacePolicy }).toEqual({
        DeletionPolicy: "Retain",
        UpdateReplacePolicy: "Retain",
      });
      expect(Properties).toMatchObject({
        BillingMode: "PAY_PER_REQUEST",
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      });
      expect(Properties).not.toHaveProperty("TableName");
    }
    const expiring = made.filter(({ Properties }) => Properties.TimeToLiveSpecification !== undefined);
    expect(expiring).toHaveLength(Object.values(tables).filter(({ expires }) => expires).length);
  });

  it("retains the media bucket and the key, private, encrypted and rotated", () => {
    const [bucket] = resourcesOf(app.data, "AWS::S3::Bucket");
    const [key] = resourcesOf(app.data, "AWS::KMS::Key");
    expect([bucket?.DeletionPolicy, key?.DeletionPolicy]).toEqual(["Retain", "Retain"]);
    expect(bucket?.Properties.PublicAccessBlockConfiguration).toEqual({
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    });
    expect(bucket?.Properties.BucketEncryption).toBeDefined();
    expect(key?.Properties.EnableKeyRotation).toBe(true);
  });
});

const TableVariables = z.record(z.string(), z.string());

describe("least privilege", () => {
  it("lets nobody but the socket hosts touch the key table", () => {
    const keys = assembly.ofType("AWS::DynamoDB::Table").find(({ logicalId }) => logicalId.startsWith("KeysTable"));
    const name = keys?.identity.ref ?? "";
    const reaching = [...rolesOf()].filter(([, statements]) => JSON.stringify(statements).includes(name));
    expect(roleOfHosts()).toHaveLength(1);
    expect(reaching.map(([role]) => role)).toEqual(roleOfHosts());
    for (const { properties } of assembly.ofType("AWS::Lambda::Function")) {
      expect(JSON.stringify(properties.Environment)).not.toContain(name);
    }
  });

  it("names every table action and every table: no patterns", () => {
    const statements = [...rolesOf().values()].flat();
    const onTables = statements.filter(({ Action }) => Action.some(action => action.startsWith("dynamodb:")));
    expect(onTables.length).toBeGreaterThan(20);
    for (const { Action, Resource } of onTables) expect([...Action, ...Resource].join(" ")).not.toContain("*");
  });

  it("grants a program nothing on tables that its environment does not name", () => {
    for (const lambda of assembly.ofType("AWS::Lambda::Function")) {
      const role = String(lambda.properties.Role).split("/").at(-1) ?? "";
      const { Variables } = z.object({ Variables: TableVariables }).parse(lambda.properties.Environment);
      const named = Object.values(Variables);
      const tablesGranted = (rolesOf().get(role) ?? [])
        .flatMap(({ Resource }) => Resource)
        .filter(arn => arn.includes(":table/"))
        .map(arn => arn.split("/")[1] ?? "");
      expect(named).toEqual(expect.arrayContaining(tablesGranted));
      expect(tablesGranted.length > 0, role).toBe(Object.keys(Variables).some(key => key.startsWith("TABLE_")));
    }
  });

  it("opens the installation's key only for the contexts that are named", () => {
    const statements = [...rolesOf().values()].flat();
    const sealing = statements.filter(({ Action }) => Action.some(action => action.startsWith("kms:")));
    expect(sealing.length).toBeGreaterThan(2);
    for (const { Condition } of sealing) expect(JSON.stringify(Condition)).toContain("kms:EncryptionContext:");
  });
});

describe("what runs", () => {
  it("gives every function an environment that its own schema accepts", () => {
    const made = app.app.service.node.findAll().filter(construct => construct instanceof NodeFunction);
    expect(made).toHaveLength(assembly.ofType("AWS::Lambda::Function").length);
    for (const { schema, lambda } of made) {
      const id = app.app.service.getLogicalId(lambda.node.defaultChild as never);
      const found = assembly.ofType("AWS::Lambda::Function").find(({ logicalId }) => logicalId === id);
      const { Variables } = z.object({ Variables: TableVariables }).parse(found?.properties.Environment);
      expect(Object.keys(parseEnvironment(schema, Variables))).toEqual(Object.keys(schema.shape));
    }
  });

  it("gives the socket host an environment that its schema accepts", () => {
    const [task] = assembly.ofType("AWS::ECS::TaskDefinition");
    const Container = z.object({ Environment: z.array(z.object({ Name: z.string(), Value: z.string() })) });
    const { Environment } = z.tuple([Container]).parse(task?.properties.ContainerDefinitions)[0];
    const variables = Object.fromEntries(Environment.map(({ Name, Value }) => [Name, Value]));
    expect(parseEnvironment(SocketHostEnvironment, variables)).toMatchObject({ SHARD_COUNT: 64, HEALTH_PORT: 8080 });
  });

  it("has a function for every resource of the table of endpoints", () => {
    const paths = new Set(
      resourcesOf(app.service, "AWS::ApiGateway::Resource").map(({ Properties }) => Properties.PathPart),
    );
    const resources = new Set(Object.values(routes).map(({ resource }) => resource));
    resources.delete("root");
    expect([...resources].filter(resource => !paths.has(resource))).toEqual([]);
  });

  it("makes a queue for each shard, named so that the URL of one gives those of all", () => {
    const names = resourcesOf(app.commands, "AWS::SQS::Queue").map(({ Properties }) => Properties.QueueName);
    const shards = Array.from({ length: 64 }, (_, shard) => `wasaas-commands-${String(shard).padStart(3, "0")}`);
    expect(names.filter(name => name !== undefined)).toEqual(shards);
  });
});

describe("who is told", () => {
  const impact = /^[a-z'].{15,}: .{10,}$/;
  const alarms = () => every().flatMap(template => resourcesOf(template, "AWS::CloudWatch::Alarm"));

  it("says in every alarm who is hurt, and tells the operator's topic", () => {
    expect(alarms().length).toBeGreaterThan(15);
    for (const { Properties } of alarms()) {
      expect(Properties.AlarmDescription).toMatch(impact);
      expect(Properties.AlarmActions).toHaveLength(1);
    }
  });

  it("watches every function, and every queue but the doorbells", () => {
    const watched = JSON.stringify(alarms().map(({ Properties }) => Properties.Dimensions));
    const isDoorbell = (id: string) => /^CommandsShard\d/.test(id);
    for (const template of every()) {
      const ids = [...resourcesOf(template, "AWS::Lambda::Function"), ...resourcesOf(template, "AWS::SQS::Queue")];
      for (const { id } of ids.filter(({ id }) => !isDoorbell(id))) expect(watched).toContain(`"${id}"`);
    }
  });
});

describe("settings", () => {
  it("shape the templates", async () => {
    const settings = { shardCount: "8", hostsMin: "3", natGateways: "1", alarmEmail: "ops@example.com" };
    const domain = { domainName: "wa.example.com", certificateArn: "arn:aws:acm:us-east-1:123456789012:certificate/1" };
    const other = await synthesized({ installationName: "acme", ...settings, ...domain });
    folders.push(other.directory);
    expect(resourcesOf(other.commands, "AWS::SQS::Queue")).toHaveLength(9);
    expect(resourcesOf(other.service, "AWS::EC2::NatGateway")).toHaveLength(1);
    // The count is the scaler's: a deployment that named one would set it back.
    expect(resourcesOf(other.service, "AWS::ECS::Service")[0]?.Properties).not.toHaveProperty("DesiredCount");
    expect(JSON.stringify(other.service)).toContain('"HOSTS_MIN":"3"');
    expect(resourcesOf(other.data, "AWS::SNS::Subscription")).toHaveLength(1);
    expect(JSON.stringify(other.service)).toContain("wa.example.com");
    expect([other.data, other.commands, other.service].flatMap(each => checkTemplate(each).faults)).toEqual([]);
  }, 240_000);

  it("that make no sense are refused in one line that names them", () => {
    const node = new App({ context: { shardCount: "many", domainName: "wa.example.com" } }).node;
    expect(() => settingsOf(node)).toThrow(/^settings are invalid: shardCount: [^\n]+$/);
    const half = new App({ context: { domainName: "wa.example.com" } }).node;
    expect(() => settingsOf(half)).toThrow("domainName and certificateArn go together");
  });
});
