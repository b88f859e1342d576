import * as z from "zod";
import { PhoneNumber } from "../../../domain/contact/phone-number.ts";
import { idOf } from "../../../domain/id.ts";
import { Metadata } from "../../../domain/metadata.ts";
import { PageQuery } from "../../../domain/page.ts";
import { PasskeyCredential } from "../../../domain/session/passkey-assertion.ts";
import { PublicSession } from "../../../domain/session/public-session.ts";
import { SessionLimits, SessionStatus } from "../../../domain/session/session.ts";
import { pageOf, route } from "../route.ts";
import { PasskeyView } from "./passkey-view.ts";

const params = z.strictObject({ sessionId: idOf("ses") });
const ids = [{ kind: "session", at: ["params.sessionId"] }];

const Name = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .nullable()
  .meta({ examples: ["Sales"] });
const aboutProxy =
  "http://, https:// or socks5://, with user name and password where the proxy asks for them. All that the session exchanges with WhatsApp goes through it. It is kept encrypted and never shown.";
const ProxyUrl = z
  .string()
  .min(1)
  .max(2_048)
  .meta({ description: aboutProxy, examples: ["http://user:password@proxy.example.com:8080"] });

const CreateSession = z
  .strictObject({
    name: Name.optional(),
    metadata: Metadata.optional(),
    limits: SessionLimits.optional(),
    phoneNumber: PhoneNumber.optional().meta({
      description: "Asks for a pairing code beside the QR, to be typed on the phone that has this number.",
    }),
    proxyUrl: ProxyUrl.optional(),
  })
  .optional()
  .meta({ id: "CreateSession", examples: [{ name: "Sales" }, { name: "Sales", phoneNumber: "+5511999999999" }] });

/** No defaults here: a limit that is not named stays as it is. */
const LimitsPatch = z.strictObject({
  campaignMessagesPerMinute: SessionLimits.shape.campaignMessagesPerMinute.unwrap().optional(),
  firstContactsPerDay: SessionLimits.shape.firstContactsPerDay.unwrap().optional(),
});

const PatchSession = z
  .strictObject({
    name: Name.optional(),
    metadata: Metadata.optional().meta({ description: "Merged key by key; null takes a key out." }),
    limits: LimitsPatch.optional(),
    proxyUrl: ProxyUrl.nullable()
      .optional()
      .meta({ description: `${aboutProxy} Null connects directly. The session reconnects at once.` }),
  })
  .meta({ id: "PatchSession", examples: [{ name: "Support" }] });

const encoded = (text: string) => Buffer.from(text).toString("base64url");
const AnswerPasskey = z.strictObject({ credential: PasskeyCredential }).meta({
  id: "AnswerPasskey",
  examples: [
    {
      credential: {
        id: encoded("credential id"),
        rawId: encoded("credential id"),
        type: "public-key",
        response: {
          clientDataJSON: encoded('{"type":"webauthn.get"}'),
          authenticatorData: encoded("authenticator data"),
          signature: encoded("signature"),
          userHandle: null,
        },
      },
    },
  ],
});

export const sessionRoutes = {
  createSession: route({
    method: "POST",
    path: "/api/sessions",
    resource: "sessions",
    operationId: "createSession",
    summary: "Make a session, to be linked to a phone by its QR code or by a pairing code",
    body: CreateSession,
    answers: { 201: PublicSession },
    errors: ["quota_exceeded"],
  }),
  listSessions: route({
    method: "GET",
    path: "/api/sessions",
    resource: "sessions",
    operationId: "listSessions",
    summary: "The tenant's sessions, newest first",
    query: z.strictObject({ ...PageQuery.shape, status: SessionStatus.optional() }),
    answers: { 200: pageOf(PublicSession) },
  }),
  getSession: route({
    method: "GET",
    path: "/api/sessions/:sessionId",
    resource: "sessions",
    operationId: "getSession",
    summary: "One session, with its QR and pairing code while it shows them",
    ids,
    params,
    answers: { 200: PublicSession },
  }),
  updateSession: route({
    method: "PATCH",
    path: "/api/sessions/:sessionId",
    resource: "sessions",
    operationId: "updateSession",
    summary: "Change a session's name, metadata, limits or proxy; what is not named stays",
    ids,
    params,
    body: PatchSession,
    answers: { 200: PublicSession },
  }),
  deleteSession: route({
    method: "DELETE",
    path: "/api/sessions/:sessionId",
    resource: "sessions",
    operationId: "deleteSession",
    summary: "Unlink the device at WhatsApp and erase its keys, then the session is gone",
    ids,
    params,
    query: z.strictObject({
      erase: z
        .enum(["true", "false"])
        .transform(text => text === "true")
        .optional()
        .meta({ description: "Whether its messages go at once, rather than when the tenant's retention ends." }),
    }),
    answers: { 202: PublicSession },
    errors: ["invalid_transition"],
  }),
  restartSession: route({
    method: "POST",
    path: "/api/sessions/:sessionId/restart",
    resource: "sessions",
    operationId: "restartSession",
    summary: "A new connection with the same keys, or a new QR and pairing code where there are none",
    ids,
    params,
    answers: { 202: PublicSession },
    errors: ["invalid_transition"],
  }),
  getPasskey: route({
    method: "GET",
    path: "/api/sessions/:sessionId/passkey",
    resource: "sessions",
    operationId: "getPasskey",
    summary: "How far a link by passkey has come: the challenge to sign, or the code to compare",
    ids,
    params,
    answers: { 200: PasskeyView },
  }),
  answerPasskey: route({
    method: "POST",
    path: "/api/sessions/:sessionId/passkey",
    resource: "sessions",
    operationId: "answerPasskey",
    summary: "Answer WhatsApp's challenge with the credential that the browser made",
    ids,
    params,
    body: AnswerPasskey,
    answers: { 202: PasskeyView },
    errors: ["invalid_transition", "passkey_invalid"],
  }),
  confirmPasskey: route({
    method: "POST",
    path: "/api/sessions/:sessionId/passkey/confirm",
    resource: "sessions",
    operationId: "confirmPasskey",
    summary: "Confirm that the phone shows the same code",
    ids,
    params,
    answers: { 202: PasskeyView },
    errors: ["invalid_transition"],
  }),
};
