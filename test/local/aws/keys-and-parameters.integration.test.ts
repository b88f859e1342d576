import {
  APIGatewayClient,
  CreateApiKeyCommand,
  CreateUsagePlanKeyCommand,
  DeleteApiKeyCommand,
  DeleteUsagePlanKeyCommand,
  GetApiKeyCommand,
  GetApiKeysCommand,
  GetUsagePlanCommand,
  GetUsagePlanKeysCommand,
  GetUsagePlansCommand,
  UpdateApiKeyCommand,
} from "@aws-sdk/client-api-gateway";
import {
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateDataKeyWithoutPlaintextCommand,
  KMSClient,
} from "@aws-sdk/client-kms";
import { GetParameterCommand, GetParametersCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accountId, type InstalledFront, installFront, refusal, region } from "./installed-front.ts";

let installed: InstalledFront;
beforeAll(async () => {
  installed = await installFront();
});
afterAll(() => installed.remove());

describe("KMS", () => {
  const keyArn = (id: string) => `arn:aws:kms:${region}:${accountId}:key/${id}`;
  const EncryptionContext = { tenant: "ten_1", purpose: "keys" };
  let kms: KMSClient;
  beforeAll(() => {
    installed.front.kms.ensureKey("key-1");
    installed.front.kms.ensureKey("key-2");
    installed.front.kms.ensureAlias("alias/sessions", "key-1");
    kms = new KMSClient(installed.runner);
  });

  it("decrypts a data key under its context, in any order, and under no other", async () => {
    const made = await kms.send(new GenerateDataKeyCommand({ KeyId: "key-1", KeySpec: "AES_256", EncryptionContext }));
    expect(made.Plaintext?.length).toBe(32);
    expect(made.KeyId).toBe(keyArn("key-1"));
    const { CiphertextBlob } = made;
    const sorted = { purpose: "keys", tenant: "ten_1" };
    const opened = await kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: sorted }));
    expect(opened.Plaintext).toEqual(made.Plaintext);
    expect(opened.KeyId).toBe(keyArn("key-1"));
    const other = kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: { tenant: "ten_2" } }));
    expect((await refusal(other))?.name).toBe("InvalidCiphertextException");
    const none = kms.send(new DecryptCommand({ CiphertextBlob }));
    expect((await refusal(none))?.name).toBe("InvalidCiphertextException");
    const another = kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext, KeyId: "key-2" }));
    expect((await refusal(another))?.name).toBe("IncorrectKeyException");
  });

  it("finds a key by its id, ARN, alias and alias's ARN, and no other", async () => {
    const aliasArn = `arn:aws:kms:${region}:${accountId}:alias/sessions`;
    for (const KeyId of ["key-1", keyArn("key-1"), "alias/sessions", aliasArn]) {
      expect((await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.Arn).toBe(keyArn("key-1"));
    }
    expect((await refusal(kms.send(new DescribeKeyCommand({ KeyId: "key-9" }))))?.name).toBe("NotFoundException");
  });

  it("gives a data key without its plaintext to who asks so", async () => {
    const made = await kms.send(new GenerateDataKeyWithoutPlaintextCommand({ KeyId: "key-1", KeySpec: "AES_128" }));
    expect("Plaintext" in made && made.Plaintext).toBeFalsy();
    const opened = await kms.send(new DecryptCommand({ CiphertextBlob: made.CiphertextBlob }));
    expect(opened.Plaintext?.length).toBe(16);
  });

  it("holds a role to its key and its encryption context, also when a Decrypt names no key", async () => {
    const role = new KMSClient(
      installed.role("decryptor", {
        Effect: "Allow",
        Action: ["kms:Decrypt", "kms:Encrypt"],
        Resource: keyArn("key-1"),
        Condition: { StringEquals: { "kms:EncryptionContext:tenant": "ten_1" } },
      }),
    );
    const Plaintext = Buffer.from("secret");
    const own = await role.send(new EncryptCommand({ KeyId: "key-1", Plaintext, EncryptionContext }));
    const opened = await role.send(new DecryptCommand({ CiphertextBlob: own.CiphertextBlob, EncryptionContext }));
    expect(Buffer.from(opened.Plaintext ?? []).toString()).toBe("secret");
    const foreign = await kms.send(new EncryptCommand({ KeyId: "key-2", Plaintext, EncryptionContext }));
    const ofOther = role.send(new DecryptCommand({ CiphertextBlob: foreign.CiphertextBlob, EncryptionContext }));
    expect(await refusal(ofOther)).toEqual({ name: "AccessDeniedException", status: 400 });
    const withoutContext = role.send(new EncryptCommand({ KeyId: "key-1", Plaintext }));
    expect((await refusal(withoutContext))?.name).toBe("AccessDeniedException");
  });

  it("decrypts after a restart what it encrypted before", async () => {
    const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId: "key-1", Plaintext: Buffer.from("kept") }));
    await installed.restart();
    kms = new KMSClient(installed.runner);
    installed.front.kms.ensureKey("key-1");
    const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob }));
    expect(Buffer.from(Plaintext ?? []).toString()).toBe("kept");
  });
});

describe("SSM", () => {
  const get = async (client: SSMClient, Name: string) =>
    (await client.send(new GetParameterCommand({ Name }))).Parameter?.Value;

  it("keeps a value that an operator changed until the template changes its own", async () => {
    const ssm = new SSMClient(installed.runner);
    installed.front.parameters.seed("/wa/version", "1");
    expect(await get(ssm, "/wa/version")).toBe("1");
    await ssm.send(new PutParameterCommand({ Name: "/wa/version", Value: "2", Overwrite: true }));
    installed.front.parameters.seed("/wa/version", "1");
    expect(await get(ssm, "/wa/version")).toBe("2");
    await installed.restart();
    const again = new SSMClient(installed.runner);
    installed.front.parameters.seed("/wa/version", "1");
    expect(await get(again, "/wa/version")).toBe("2");
    installed.front.parameters.seed("/wa/version", "3");
    expect(await get(again, "/wa/version")).toBe("3");
  });

  it("does not overwrite unless told, and names what it does not have", async () => {
    const ssm = new SSMClient(installed.runner);
    await ssm.send(new PutParameterCommand({ Name: "plain", Value: "1", Type: "String" }));
    const again = ssm.send(new PutParameterCommand({ Name: "plain", Value: "2", Type: "String" }));
    expect((await refusal(again))?.name).toBe("ParameterAlreadyExists");
    expect((await refusal(get(ssm, "absent")))?.name).toBe("ParameterNotFound");
    const { Parameters, InvalidParameters } = await ssm.send(new GetParametersCommand({ Names: ["plain", "absent"] }));
    expect(Parameters?.map(parameter => parameter.Value)).toEqual(["1"]);
    expect(InvalidParameters).toEqual(["absent"]);
  });

  it("lets a role read the parameters of its policy alone", async () => {
    const role = new SSMClient(
      installed.role("version-reader", {
        Effect: "Allow",
        Action: ["ssm:GetParameter*"],
        Resource: `arn:aws:ssm:${region}:${accountId}:parameter/wa/version`,
      }),
    );
    expect(await get(role, "/wa/version")).toBe("3");
    expect(await refusal(get(role, "plain"))).toEqual({ name: "AccessDeniedException", status: 400 });
    const both = role.send(new GetParametersCommand({ Names: ["/wa/version", "plain"] }));
    expect((await refusal(both))?.name).toBe("AccessDeniedException");
  });
});

describe("API Gateway's keys", () => {
  let gateway: APIGatewayClient;
  beforeAll(() => {
    gateway = new APIGatewayClient(installed.runner);
    installed.front.gatewayKeys.definePlan({ id: "free", name: "free", throttle: { rateLimit: 10, burstLimit: 20 } });
    installed.front.gatewayKeys.definePlan({ id: "pro", name: "pro", throttle: { rateLimit: 100, burstLimit: 200 } });
  });

  it("tells the gateway the plan of a key that is enabled and in one", async () => {
    const key = await gateway.send(new CreateApiKeyCommand({ name: "ten_1", enabled: true, value: "a".repeat(30) }));
    const planOf = () => installed.front.gatewayKeys.planOf("a".repeat(30));
    expect(planOf()).toBeUndefined();
    await gateway.send(new CreateUsagePlanKeyCommand({ usagePlanId: "free", keyId: key.id, keyType: "API_KEY" }));
    expect(planOf()).toEqual({ planId: "free", throttle: { rateLimit: 10, burstLimit: 20 } });
    const second = gateway.send(
      new CreateUsagePlanKeyCommand({ usagePlanId: "pro", keyId: key.id, keyType: "API_KEY" }),
    );
    expect(await refusal(second)).toEqual({ name: "ConflictException", status: 409 });
    const patch = (value: string) =>
      gateway.send(
        new UpdateApiKeyCommand({ apiKey: key.id, patchOperations: [{ op: "replace", path: "/enabled", value }] }),
      );
    expect((await patch("false")).enabled).toBe(false);
    expect(planOf()).toBeUndefined();
    await patch("true");
    await gateway.send(new DeleteUsagePlanKeyCommand({ usagePlanId: "free", keyId: key.id }));
    await gateway.send(new CreateUsagePlanKeyCommand({ usagePlanId: "pro", keyId: key.id, keyType: "API_KEY" }));
    expect(planOf()?.planId).toBe("pro");
    const inPlan = await gateway.send(new GetUsagePlanKeysCommand({ usagePlanId: "pro" }));
    expect(inPlan.items).toMatchObject([{ id: key.id, name: "ten_1", type: "API_KEY" }]);
    await gateway.send(new DeleteApiKeyCommand({ apiKey: key.id }));
    expect(planOf()).toBeUndefined();
    expect((await refusal(gateway.send(new GetApiKeyCommand({ apiKey: key.id }))))?.name).toBe("NotFoundException");
  });

  it("lists keys by the start of their names, page by page, without their values unless asked", async () => {
    for (const name of ["list-1", "list-2", "list-3", "other"]) {
      await gateway.send(new CreateApiKeyCommand({ name, enabled: true }));
    }
    const first = await gateway.send(new GetApiKeysCommand({ nameQuery: "list-", limit: 2 }));
    const second = await gateway.send(
      new GetApiKeysCommand({ nameQuery: "list-", limit: 2, position: first.position, includeValues: true }),
    );
    const names = [...(first.items ?? []), ...(second.items ?? [])].map(key => key.name);
    expect(names).toEqual(["list-1", "list-2", "list-3"]);
    expect(second.position).toBeUndefined();
    expect(first.items?.[0]?.value).toBeUndefined();
    expect(second.items?.[0]?.value?.length).toBe(40);
  });

  it("describes the template's plans and survives a restart", async () => {
    const key = await gateway.send(new CreateApiKeyCommand({ name: "kept", enabled: true, value: "k".repeat(30) }));
    await gateway.send(new CreateUsagePlanKeyCommand({ usagePlanId: "pro", keyId: key.id, keyType: "API_KEY" }));
    await installed.restart();
    installed.front.gatewayKeys.definePlan({ id: "pro", name: "pro", throttle: { rateLimit: 1, burstLimit: 2 } });
    gateway = new APIGatewayClient(installed.runner);
    expect(installed.front.gatewayKeys.planOf("k".repeat(30))?.throttle).toEqual({ rateLimit: 1, burstLimit: 2 });
    expect((await gateway.send(new GetUsagePlansCommand({}))).items?.map(plan => plan.id)).toEqual(["pro"]);
    const plan = await gateway.send(new GetUsagePlanCommand({ usagePlanId: "pro" }));
    expect(plan.throttle).toEqual({ rateLimit: 1, burstLimit: 2 });
  });

  it("lets a role make keys and nothing else", async () => {
    const role = new APIGatewayClient(
      installed.role("key-maker", {
        Effect: "Allow",
        Action: "apigateway:POST",
        Resource: `arn:aws:apigateway:${region}::/apikeys`,
      }),
    );
    const { id } = await role.send(new CreateApiKeyCommand({ name: "made" }));
    const refused = { name: "AccessDeniedException", status: 403 };
    expect(await refusal(role.send(new DeleteApiKeyCommand({ apiKey: id })))).toEqual(refused);
    const join = role.send(new CreateUsagePlanKeyCommand({ usagePlanId: "pro", keyId: id, keyType: "API_KEY" }));
    expect(await refusal(join)).toEqual(refused);
  });
});
