import { publicGroup, type StoredGroup } from "../../../domain/group/group.ts";
import { ok } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { Finder } from "../finder.ts";
import { groupRoutes } from "./routes.ts";

export const getGroup = (groups: Finder<StoredGroup>) =>
  endpoint(groupRoutes.getGroup, async call => ok(publicGroup(groups.of(call))));
