import { componentExamples } from "./component-examples.ts";
import type { OpenApi } from "./open-api.ts";
import { type SchemaNamed, sampleOf } from "./sample.ts";

/** Gives every JSON body, asked or answered, an example; errors have theirs already. Changes the document. */
export function addExamples(document: OpenApi): OpenApi {
  const schemas = document.components?.schemas ?? {};
  for (const [name, example] of Object.entries(componentExamples)) {
    const schema = schemas[name];
    if (typeof schema === "object") Object.assign(schema, { examples: [example] });
  }
  const named: SchemaNamed = reference => schemas[reference.slice("#/components/schemas/".length)];
  for (const media of bodiesOf(document)) media.example ??= sampleOf(media.schema, named);
  return document;
}

function bodiesOf(document: OpenApi) {
  const items = [document.paths ?? {}, document.webhooks ?? {}].flatMap(each => Object.values(each));
  const operations = items.flatMap(({ get, post, put, patch, delete: remove }) =>
    [get, post, put, patch, remove].filter(operation => operation !== undefined),
  );
  const bodies = operations.flatMap(({ requestBody, responses = {} }) => [requestBody, ...Object.values(responses)]);
  return bodies.flatMap(body => {
    const media = body?.content?.["application/json"];
    return media === undefined ? [] : [media];
  });
}
