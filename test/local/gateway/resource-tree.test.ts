import { describe, expect, it } from "vitest";
import { matchResource, resourceTree } from "../../../local/gateway/resource-tree.ts";

const paths = [
  { id: "api", parentId: "root", pathPart: "api" },
  { id: "sessions", parentId: "api", pathPart: "sessions" },
  { id: "sessionsBelow", parentId: "sessions", pathPart: "{proxy+}" },
  { id: "mine", parentId: "sessions", pathPart: "mine" },
  { id: "notes", parentId: "api", pathPart: "notes" },
  { id: "note", parentId: "notes", pathPart: "{id}" },
  { id: "noteText", parentId: "note", pathPart: "text" },
  { id: "rest", parentId: "root", pathPart: "{proxy+}" },
];
const withMethods = new Set(["root", "sessions", "sessionsBelow", "mine", "notes", "note", "noteText", "rest"]);
const tree = resourceTree("root", paths, id => new Map(withMethods.has(id) ? [["ANY", id]] : []));

describe("matchResource", () => {
  it.each([
    ["/", "root", {}],
    ["/api/sessions", "sessions", {}],
    ["/api/sessions/", "sessions", {}],
    ["/api/sessions/mine", "mine", {}],
    ["/api/sessions/ses_1", "sessionsBelow", { proxy: "ses_1" }],
    ["/api/sessions/mine/more", "sessionsBelow", { proxy: "mine/more" }],
    ["/api/notes/a%20b", "note", { id: "a%20b" }],
    ["/api/notes/1/text", "noteText", { id: "1" }],
    ["/api/notes/1/other", "rest", { proxy: "api/notes/1/other" }],
    // A resource without methods is not one that could answer.
    ["/api", "rest", { proxy: "api" }],
    ["/favicon.ico", "rest", { proxy: "favicon.ico" }],
  ])("finds for %s the resource %s with %j", (path, id, parameters) => {
    const match = matchResource(tree, path);
    expect(match?.node.id).toBe(id);
    expect(match?.parameters).toEqual(parameters);
  });

  it("finds nothing where no greedy resource catches the path", () => {
    const small = resourceTree(
      "root",
      [{ id: "api", parentId: "root", pathPart: "api" }],
      id => new Map(id === "api" ? [["GET", id]] : []),
    );
    expect(matchResource(small, "/other")).toBeUndefined();
    expect(matchResource(small, "/")).toBeUndefined();
  });
});
