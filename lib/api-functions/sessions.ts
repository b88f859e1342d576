import type { Construct } from "constructs";
import { SessionsEnvironment, tablesOfSessions } from "../../functions/api/sessions/environment.ts";
import { grantSealing, sealing } from "../encryption-access.ts";
import { NodeFunction } from "../node-function.ts";
import { grantTables, tableVariables } from "../table-access.ts";
import { apiTimeoutSeconds, type Backing, bellVariables, counting, keepingAnswers, writingEvents } from "./backing.ts";

/** /api/sessions. */
export function sessionsFunction(scope: Construct, backing: Backing) {
  const { tables, encryptionKey } = backing.data;
  const sessions = new NodeFunction(scope, "Sessions", {
    folder: "api/sessions",
    schema: SessionsEnvironment,
    environment: {
      ...tableVariables(tables, tablesOfSessions),
      ...bellVariables(backing),
      EVENT_TOPIC_ARN: backing.topic.topicArn,
      ENCRYPTION_KEY_ARN: encryptionKey.keyArn,
    },
    timeoutSeconds: apiTimeoutSeconds,
    errorImpact: "customers cannot create, see or change sessions",
  });
  grantTables(sessions, tables, tablesOfSessions, {
    rate_windows: counting,
    idempotency: keepingAnswers,
    sessions: { items: ["GetItem", "Query", "PutItem", "UpdateItem", "ConditionCheckItem"] },
    outbox: { items: ["PutItem", "Query"] },
    events: writingEvents,
  });
  backing.commands.grantRing(sessions);
  backing.topic.grantPublish(sessions);
  grantSealing(sessions, encryptionKey, [sealing.keptAnswers, sealing.sessionProxies, sealing.sessionPasskeys]);
  return sessions;
}
