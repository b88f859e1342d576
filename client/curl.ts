import type { OpenApi } from "../functions/api/openapi/open-api.ts";

/** One call of the API as a person would type it. */
export interface Curl {
  readonly tag: string;
  readonly summary: string;
  /** Takes `$API`, `$auth` and `$type`, and each id from a variable named for its kind: `$SESSION`, `$MESSAGE`. */
  readonly command: string;
}

type Operation = NonNullable<NonNullable<OpenApi["paths"]>[string]["get"]>;

/** Every call of the document, in its order. */
export function curlsOf(document: OpenApi): Curl[] {
  return Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    methods.flatMap(method => {
      const operation = item[method];
      if (operation === undefined) return [];
      const { summary = "", tags: [tag = ""] = [] } = operation;
      return [{ tag, summary, command: commandOf(method, path, operation) }];
    }),
  );
}

const methods = ["get", "post", "put", "patch", "delete"] as const;

function commandOf(method: string, path: string, operation: Operation): string {
  const open = operation.security?.length === 0;
  const example = exampleOf(operation);
  // curl posts by itself where there is something to send.
  const verb = method === "get" || (method === "post" && example !== undefined) ? "" : ` -X ${method.toUpperCase()}`;
  const url = `"$API${path.replaceAll(/\{(\w+)\}/g, (_, name: string) => `$${variableOf(name)}`)}${queryOf(operation)}"`;
  const auth = open ? "" : ' -H "$auth"';
  const body = example === undefined ? "" : ` -H "$type" -d ${quoted(JSON.stringify(example))}`;
  // What is found elsewhere is fetched from there.
  const follows = Object.keys(operation.responses ?? {}).some(status => status.startsWith("3")) ? "L" : "";
  return `curl -s${follows}${verb} ${url}${auth}${body}`;
}

function exampleOf({ requestBody }: Operation): unknown {
  const media = requestBody !== undefined && "content" in requestBody ? requestBody.content["application/json"] : {};
  return media !== undefined && "example" in media ? media.example : undefined;
}

/** What must be asked, and nothing else. */
function queryOf({ parameters = [] }: Operation): string {
  const asked = parameters.flatMap(parameter =>
    "in" in parameter && parameter.in === "query" && parameter.required === true ? [parameter.name] : [],
  );
  return asked.length === 0 ? "" : `?${asked.map(name => `${name}=$${variableOf(name)}`).join("&")}`;
}

const kinds: Readonly<Record<string, string>> = {
  ses: "session",
  msg: "message",
  con: "contact",
  cmp: "campaign",
  whk: "webhook",
  evt: "event",
  tpl: "template",
  med: "media",
  dlv: "delivery",
  imp: "import",
  key: "key",
};

/** The variable that holds an id, by the name of a parameter or by a kind: `sessionId` and `ses` → `SESSION`. */
export function variableOf(name: string): string {
  const noun = kinds[name] ?? name.replace(/Id$/, "");
  const variable = noun.replaceAll(/([A-Z])/g, "_$1").toUpperCase();
  // `KEY` is the API key itself.
  return variable === "KEY" ? "KEY_ID" : variable;
}

/** A JSON text in single quotes, its example ids replaced by the variables that hold real ones. */
function quoted(json: string): string {
  const text = json.replaceAll("'", `'"'"'`);
  return `'${text.replaceAll(/\b([a-z]{3})_[0-9A-HJKMNP-TV-Z]{26}/g, (_, kind: string) => `'$${variableOf(kind)}'`)}'`;
}
