import { isoTime } from "../../../domain/clock.ts";
import { newOutboxRow } from "../../../domain/outbox/store.ts";
import { checkAssertion } from "../../../domain/session/passkey-assertion.ts";
import { nextSequence } from "../../../domain/session/sequence.ts";
import { accepted } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { SessionsContext } from "./context.ts";
import { askForPasskeyStep, requirePasskeyState } from "./passkey-step.ts";
import { passkeyView } from "./passkey-view.ts";
import { sessionRoutes } from "./routes.ts";

export const answerPasskey = (context: SessionsContext) =>
  endpoint(sessionRoutes.answerPasskey, async call => {
    const { db, sessions, passkeys } = context;
    const session = sessions.of(call);
    requirePasskeyState(session, "challenge", call.nowMs);
    const view = await passkeyView(passkeys, session);
    const { credential } = call.body;
    if (view.options !== null) checkAssertion(credential, view.options);
    const sealed = await passkeys.sealCredential(session, credential);
    const row = newOutboxRow(session, "control", await nextSequence(db, session), isoTime(call.nowMs));
    await askForPasskeyStep(context, session, { ...row, type: "session.passkey", credential: sealed });
    return accepted(view);
  });
