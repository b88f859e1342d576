import { isoTime } from "../../../domain/clock.ts";
import { newOutboxRow } from "../../../domain/outbox/store.ts";
import { nextSequence } from "../../../domain/session/sequence.ts";
import { accepted } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { SessionsContext } from "./context.ts";
import { askForPasskeyStep, requirePasskeyState } from "./passkey-step.ts";
import { passkeyView } from "./passkey-view.ts";
import { sessionRoutes } from "./routes.ts";

export const confirmPasskey = (context: SessionsContext) =>
  endpoint(sessionRoutes.confirmPasskey, async call => {
    const { db, sessions, passkeys } = context;
    const session = sessions.of(call);
    requirePasskeyState(session, "confirmation", call.nowMs);
    const row = newOutboxRow(session, "control", await nextSequence(db, session), isoTime(call.nowMs));
    await askForPasskeyStep(context, session, { ...row, type: "session.passkey_confirm" });
    return accepted(await passkeyView(passkeys, session));
  });
