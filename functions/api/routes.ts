import { campaignRoutes } from "./campaigns/routes.ts";
import { chatRoutes } from "./chats/routes.ts";
import { contactRoutes } from "./contacts/routes.ts";
import { eventRoutes } from "./events/routes.ts";
import { groupRoutes } from "./groups/routes.ts";
import { keyRoutes } from "./keys/routes.ts";
import { mediaRoutes } from "./media/routes.ts";
import { mediaMessageRoutes } from "./messages/media-routes.ts";
import { messageRoutes } from "./messages/routes.ts";
import { rootRoutes } from "./root/routes.ts";
import type { Route } from "./route.ts";
import { sessionRoutes } from "./sessions/routes.ts";
import { templateRoutes } from "./templates/routes.ts";
import { usageRoutes } from "./usage/routes.ts";
import { webhookRoutes } from "./webhooks/routes.ts";

/**
 * The one table of endpoints, by operationId. The router, the infrastructure, the OpenAPI document and the typed
 * client read it. A resource keeps its own rows; a row is pure data, and its action stands in the same folder.
 */
export const routes = {
  ...rootRoutes,
  ...sessionRoutes,
  ...messageRoutes,
  ...mediaMessageRoutes,
  ...mediaRoutes,
  ...webhookRoutes,
  ...contactRoutes,
  ...campaignRoutes,
  ...chatRoutes,
  ...groupRoutes,
  ...eventRoutes,
  ...keyRoutes,
  ...templateRoutes,
  ...usageRoutes,
} as const satisfies Readonly<Record<string, Route>>;
