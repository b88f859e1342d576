import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gatewayKeyOf, gatewayKeyOnPlan, ownGatewayKeysMax } from "../../../domain/account/gateway-key.ts";
import { newId } from "../../../domain/id.ts";

const tenants = fc.record({
  id: fc.integer({ min: 0, max: 2 ** 45 }).map(time => newId("ten", time)),
  plan: fc.constantFrom("free" as const, "pro" as const, "enterprise" as const),
});

describe("a tenant's gateway key", () => {
  it("is its own, named by its id, for the first 9,000 tenants", () => {
    fc.assert(
      fc.property(tenants, fc.integer({ min: 1, max: ownGatewayKeysMax }), (tenant, ordinal) => {
        expect(gatewayKeyOf(tenant, ordinal, "wasaas").name).toBe(`wasaas-${tenant.id}`);
      }),
    );
  });

  it("is one of a hundred of its plan after that", () => {
    const names = new Set<string>();
    for (let time = 0; time < 3_000; time++) {
      names.add(gatewayKeyOf({ id: newId("ten", time), plan: "pro" }, ownGatewayKeysMax + 1, "wasaas").name);
    }
    expect([...names].every(name => /^wasaas-shared-pro-\d\d$/.test(name))).toBe(true);
    expect(names.size).toBe(100);
  });

  it("goes with its tenant to another plan, while a shared one is left for one of the new plan", () => {
    fc.assert(
      fc.property(tenants, fc.boolean(), (tenant, own) => {
        const key = gatewayKeyOf(tenant, own ? 1 : ownGatewayKeysMax + 1, "wasaas");
        const keyed = { ...tenant, gatewayKeyName: key.name, gatewayKeyValue: key.value };
        const moved = gatewayKeyOnPlan(keyed, "pro", "wasaas");
        if (own) expect(moved).toEqual(key);
        else expect(moved.name).toMatch(/^wasaas-shared-pro-\d\d$/);
      }),
    );
  });

  it("has the same value whenever it is asked for, other than any other's, and as long as the gateway wants", () => {
    fc.assert(
      fc.property(tenants, tenants, (one, other) => {
        const { value } = gatewayKeyOf(one, 1, "wasaas");
        expect(value).toBe(gatewayKeyOf(one, 1, "wasaas").value);
        expect(value).toMatch(/^[A-Za-z0-9]{20,128}$/);
        expect(gatewayKeyOf(one, 1, "elsewhere").value).not.toBe(value);
        if (one.id !== other.id) expect(gatewayKeyOf(other, 1, "wasaas").value).not.toBe(value);
      }),
    );
  });
});
