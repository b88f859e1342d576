import { ok } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { ContactsContext } from "./context.ts";
import { contactRoutes } from "./routes.ts";
import { shownImport } from "./shown-import.ts";

export const getImport = ({ imports, links }: ContactsContext) =>
  endpoint(contactRoutes.getContactImport, async call => ok(await shownImport(links, imports.of(call))));
