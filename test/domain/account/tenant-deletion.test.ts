import { describe, expect, it } from "vitest";
import { erasedTables } from "../../../domain/account/tenant-deletion.ts";
import { tables } from "../../../domain/tables.ts";

describe("the deletion of a tenant", () => {
  it("erases every table but those that hold its name last, nothing of it, or what only socket hosts may touch", () => {
    const others = Object.keys(tables).filter(table => !(erasedTables as readonly string[]).includes(table));
    expect(others.sort()).toEqual(["accounts", "keys", "leases"]);
  });
});
