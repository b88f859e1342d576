import { describe, expect, it } from "vitest";
import * as z from "zod";
import { adminRoutes } from "../../../functions/admin/routes.ts";
import type { Route } from "../../../functions/api/route.ts";
import { routes } from "../../../functions/api/routes.ts";

const all: [string, Route][] = [...Object.entries<Route>(routes), ...Object.entries<Route>(adminRoutes)];

describe("the table of endpoints", () => {
  it("names each row by its operationId, and no two rows alike", () => {
    for (const [name, { operationId }] of all) expect(operationId).toBe(name);
    const places = all.map(([, { method, path }]) => `${method} ${path.replaceAll(/:\w+/g, ":")}`);
    expect(new Set(places).size).toBe(places.length);
    expect(new Set(all.map(([, { operationId }]) => operationId)).size).toBe(all.length);
  });

  it.each(all)("%s says of each parameter of its path what it is", (_name, { path, params }) => {
    const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name);
    expect(params).toBeInstanceOf(z.ZodObject);
    expect(Object.keys((params as z.ZodObject).shape)).toEqual(inPath);
  });

  it.each(all)("%s finds every id before it validates anything", (_name, row) => {
    const places = row.ids.flatMap(({ at }) => at);
    for (const name of Object.keys((row.params as z.ZodObject).shape)) expect(places).toContain(`params.${name}`);
    if (row.query instanceof z.ZodObject && "sessionId" in row.query.shape) expect(places).toContain("query.sessionId");
  });

  it.each(all)("%s goes to the function that its path is routed to", (_name, { path, resource }) => {
    const [, first = "", second = ""] = path.split("/");
    if (first === "api") expect(resource).toBe(second);
    else expect(resource).toBe(first === "admin" ? "admin" : "root");
  });

  it.each(all)("%s answers one success, and takes no field that it does not name", (_name, row) => {
    const statuses = Object.keys(row.answers).map(Number);
    expect(statuses.length).toBeGreaterThan(0);
    for (const status of statuses) expect(status).toBeLessThan(400);
    if (row.access !== "public") expect(z.safeParse(row.query, { unheardOf: "1" }).success).toBe(false);
  });
});
