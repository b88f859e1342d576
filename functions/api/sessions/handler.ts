import { systemNow } from "../../../domain/clock.ts";
import { sqsDoorbell } from "../../../domain/command/doorbell.ts";
import { openDb } from "../../../domain/dynamodb/db.ts";
import { parseEnvironment } from "../../../domain/environment.ts";
import { snsTopic } from "../../../domain/event/publisher.ts";
import { idempotencyStore } from "../../../domain/idempotency/store.ts";
import { openLog } from "../../../domain/log.ts";
import { countRequest } from "../../../domain/rate-limit/store.ts";
import { kmsDataKeys, secretBox } from "../../../domain/secret/envelope.ts";
import { sealedPasskeys } from "../../../domain/session/sealed-passkey.ts";
import { tableNames } from "../../../domain/tables.ts";
import { announcer } from "../announcer.ts";
import { serve } from "../endpoint.ts";
import { sessionFinder } from "../session-finder.ts";
import { answerPasskey } from "./answer-passkey.ts";
import { confirmPasskey } from "./confirm-passkey.ts";
import type { SessionsContext } from "./context.ts";
import { createSession } from "./create.ts";
import { deleteSession } from "./delete.ts";
import { SessionsEnvironment, tablesOfSessions } from "./environment.ts";
import { getSession } from "./get.ts";
import { getPasskey } from "./get-passkey.ts";
import { listSessions } from "./list.ts";
import { proxiesUnder } from "./proxies.ts";
import { restartSession } from "./restart.ts";
import { sessionRoutes } from "./routes.ts";
import { updateSession } from "./update.ts";

const environment = parseEnvironment(SessionsEnvironment, process.env);
const log = openLog({ name: "api/sessions" });
const db = openDb(tableNames(tablesOfSessions, environment));
const sessions = sessionFinder(db);
const topic = snsTopic(environment.EVENT_TOPIC_ARN);
const doorbell = sqsDoorbell(environment.COMMAND_QUEUE_URL);

const box = secretBox(kmsDataKeys(environment.ENCRYPTION_KEY_ARN));

const context: SessionsContext = {
  db,
  proxies: proxiesUnder({ allowLoopback: environment.ALLOW_LOOPBACK_PROXIES }, box),
  passkeys: sealedPasskeys(box),
  sessions,
  announcer: announcer({ db, topic, doorbell, now: systemNow, log }),
  shardCount: environment.SHARD_COUNT,
};

export const handler = serve({
  routes: sessionRoutes,
  endpoints: {
    createSession: createSession(context),
    listSessions: listSessions(context),
    getSession: getSession(context),
    updateSession: updateSession(context),
    deleteSession: deleteSession(context),
    restartSession: restartSession(context),
    getPasskey: getPasskey(context),
    answerPasskey: answerPasskey(context),
    confirmPasskey: confirmPasskey(context),
  },
  finders: { session: sessions },
  now: systemNow,
  log,
  countRequest: (tenantId, nowMs) => countRequest(db, tenantId, nowMs),
  idempotency: idempotencyStore(db, box),
});
