// Generated from the table of endpoints by `npm run generate`: change it there.

export interface paths {
    "/api/campaigns": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The tenant's campaigns, newest first */
        get: operations["listCampaigns"];
        put?: never;
        /** Make a campaign: one text, template or file for up to 100,000 recipients, sent at a careful pace */
        post: operations["createCampaign"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/campaigns/{campaignId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One campaign, with how far it has come */
        get: operations["getCampaign"];
        put?: never;
        post?: never;
        /** Delete a campaign that is not running; its messages stay */
        delete: operations["deleteCampaign"];
        options?: never;
        head?: never;
        /** Change a campaign that has not started; what is not named stays */
        patch: operations["updateCampaign"];
        trace?: never;
    };
    "/api/campaigns/{campaignId}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End a campaign; who is still pending gets nothing */
        post: operations["cancelCampaign"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/campaigns/{campaignId}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Pause a running campaign; messages that are queued already still leave */
        post: operations["pauseCampaign"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/campaigns/{campaignId}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What would come of a campaign if its audience was written to now; nothing is sent */
        post: operations["previewCampaign"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/campaigns/{campaignId}/recipients": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A campaign's recipients, in the order of its audience; none until it starts */
        get: operations["listCampaignRecipients"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/campaigns/{campaignId}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Go on with a paused campaign where it was, whatever paused it */
        post: operations["resumeCampaign"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/campaigns/{campaignId}/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Start a campaign now: its recipients and its text are fixed, and sending begins */
        post: operations["startCampaign"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A session's chats, most recently active first */
        get: operations["listChats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/contacts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The tenant's contacts, or those with a tag, or those whose name or number begins so */
        get: operations["listContacts"];
        put?: never;
        /** Make a contact, or change the one with this number; or up to 5,000 at once, as JSON or CSV */
        post: operations["saveContacts"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/contacts/{contactId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One contact */
        get: operations["getContact"];
        /** Set a contact anew; what is not named is as in a new one */
        put: operations["replaceContact"];
        post?: never;
        /** Delete a contact, and with it that it opted out */
        delete: operations["deleteContact"];
        options?: never;
        head?: never;
        /** Change a contact; what is not named stays, custom fields are merged */
        patch: operations["updateContact"];
        trace?: never;
    };
    "/api/contacts/imports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Import contacts from an uploaded CSV of up to a million rows, in the background */
        post: operations["startContactImport"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/contacts/imports/{importId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How an import fares, and in the end which rows failed */
        get: operations["getContactImport"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The log of the last 30 days, oldest first from the cursor */
        get: operations["listEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/events/{eventId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One event of the log */
        get: operations["getEvent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A session's groups as last seen; where they are large a page holds fewer than its limit */
        get: operations["listGroups"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/groups/{groupId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One group as last seen, with everybody in it */
        get: operations["getGroup"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The tenant's keys, newest first, revoked ones too */
        get: operations["listApiKeys"];
        put?: never;
        /** Make another key of the tenant's; its text is shown once */
        post: operations["createApiKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/keys/{keyId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revoke a key for good: it stops working within a minute. The key that asks cannot revoke itself */
        delete: operations["revokeApiKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/media": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** An address to upload a file of up to 100 MB to */
        post: operations["createUpload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/messages/{chatId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A chat's messages, newest first, both directions */
        get: operations["listMessages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/messages/{chatId}/{messageId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One message, with the times of its statuses; in a group it is delivered and read once the first person has it, and has read it */
        get: operations["getMessage"];
        put?: never;
        post?: never;
        /** Delete a message for everyone that this session sent */
        delete: operations["deleteMessage"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/messages/{chatId}/{messageId}/edit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Edit a text that this session sent; WhatsApp shows edits of the first 15 minutes */
        post: operations["editMessage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/messages/{chatId}/{messageId}/media": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where a message's file can be downloaded for the next five minutes */
        get: operations["getMessageMedia"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/messages/{chatId}/{messageId}/reactions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** React to a message with an emoji, or take the reaction back */
        post: operations["reactToMessage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/messages/{chatId}/{messageId}/read": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Mark a message read that came in, and tell its author where the account's privacy lets it */
        post: operations["markMessageRead"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/messages/send": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Accept a text, or a template filled in, for sending */
        post: operations["sendMessage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/messages/send-bulk": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Accept one text or file for up to 1,000 recipients, each with variables of their own, at low priority */
        post: operations["sendBulk"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/messages/send-media": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Accept an image, video, audio, voice note, document or sticker for sending */
        post: operations["sendMedia"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The tenant's sessions, newest first */
        get: operations["listSessions"];
        put?: never;
        /** Make a session, to be linked to a phone by its QR code or by a pairing code */
        post: operations["createSession"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{sessionId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One session, with its QR and pairing code while it shows them */
        get: operations["getSession"];
        put?: never;
        post?: never;
        /** Unlink the device at WhatsApp and erase its keys, then the session is gone */
        delete: operations["deleteSession"];
        options?: never;
        head?: never;
        /** Change a session's name, metadata, limits or proxy; what is not named stays */
        patch: operations["updateSession"];
        trace?: never;
    };
    "/api/sessions/{sessionId}/passkey": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How far a link by passkey has come: the challenge to sign, or the code to compare */
        get: operations["getPasskey"];
        put?: never;
        /** Answer WhatsApp's challenge with the credential that the browser made */
        post: operations["answerPasskey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{sessionId}/passkey/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Confirm that the phone shows the same code */
        post: operations["confirmPasskey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/sessions/{sessionId}/restart": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A new connection with the same keys, or a new QR and pairing code where there are none */
        post: operations["restartSession"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/templates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The tenant's templates, newest first */
        get: operations["listTemplates"];
        put?: never;
        /** Keep a text whose {{variables}} each send fills in */
        post: operations["createTemplate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/templates/{templateId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One template */
        get: operations["getTemplate"];
        /** Put another name and text in a template's place; messages sent before keep theirs */
        put: operations["replaceTemplate"];
        post?: never;
        /** Delete a template; messages sent before keep their text */
        delete: operations["deleteTemplate"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the tenant may use, and what it has used this UTC month */
        get: operations["getUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The tenant's webhooks, newest first */
        get: operations["listWebhooks"];
        put?: never;
        /** Have events sent to a URL; the answer shows the secret that signs them */
        post: operations["createWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/{webhookId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One webhook, with how it fares */
        get: operations["getWebhook"];
        /** Set a webhook anew; what is not named is as in a new one */
        put: operations["replaceWebhook"];
        post?: never;
        /** Delete a webhook; what was still to be sent to it is not sent */
        delete: operations["deleteWebhook"];
        options?: never;
        head?: never;
        /** Change a webhook; what is not named stays */
        patch: operations["updateWebhook"];
        trace?: never;
    };
    "/api/webhooks/{webhookId}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was sent to a webhook, newest event first, with every try */
        get: operations["listDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/{webhookId}/deliveries/{deliveryId}/redeliver": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send one event again now, and try as often as at first */
        post: operations["redeliver"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/{webhookId}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send the events of a time again, as far back as the log goes */
        post: operations["replayWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/{webhookId}/rotate-secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A new secret; the one before it signs too until the overlap ends */
        post: operations["rotateWebhookSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/webhooks/{webhookId}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send a webhook.test event to this webhook, whatever it asks for */
        post: operations["testWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/docs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A page that shows this document, with nothing from elsewhere */
        get: operations["getDocs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the API answers, and its version */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document: OpenAPI 3.1 */
        get: operations["getOpenApi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export interface webhooks {
    event: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * An event, as it is posted to the URL of a webhook
         * @description Each event that a webhook asks for is posted to its URL, signed as [Standard Webhooks](https://www.standardwebhooks.com) has it: the verifiers of that project, there is one for most languages, take the three headers, the body as it came, byte for byte, and the webhook's secret. By hand: `webhook-signature` holds signatures apart by spaces, two while the secret is replaced, and one that is right is enough. Each is `v1,` and the base64 of an HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{body}`, keyed with what the base64 after `whsec_` stands for. Refuse a time that is more than five minutes off.
         *
         *     **Answer with any 2xx within 15 seconds in all**, and do the work afterwards. Everything else is tried again, redirects included, which are not followed: 12 tries, after 5 s, 30 s, 2 min, 10 min, 30 min, 1 h, 3 h, 8 h, 16 h, 24 h, 24 h, each a fifth more or less, and later where `Retry-After` asks for it, by a day at most. A 410 disables the webhook at once; nothing but failures for five days, and twenty of them, do so too, and `webhook.disabled` tells. Three time-outs in a row give the URL a rest of ten seconds, then longer ones of up to five minutes, between which one try at a time asks whether it is back; what waits uses up no tries.
         *
         *     **The same event may come more than once**: `webhook-id` is the event's id, the same on every try, redelivery and replay. Remember the ids that you have dealt with. **Order is not promised**: `sequence` rises within a session, sort by it where it matters. What was missed is sent again by a replay, or read from `GET /api/events`.
         */
        post: operations["receiveEvent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export interface components {
    schemas: {
        /**
         * @example {
         *       "credential": {
         *         "id": "Y3JlZGVudGlhbCBpZA",
         *         "rawId": "Y3JlZGVudGlhbCBpZA",
         *         "type": "public-key",
         *         "response": {
         *           "clientDataJSON": "eyJ0eXBlIjoid2ViYXV0aG4uZ2V0In0",
         *           "authenticatorData": "YXV0aGVudGljYXRvciBkYXRh",
         *           "signature": "c2lnbmF0dXJl",
         *           "userHandle": null
         *         }
         *       }
         *     }
         */
        AnswerPasskey: {
            credential: components["schemas"]["PasskeyCredential"];
        };
        ApiKey: {
            /** Format: date-time */
            createdAt: string;
            expiresAt: string | null;
            /** @example key_01JD3Z8QK6W7P9V2M4N5X0T1RB */
            id: string;
            label: string | null;
            /** @description to the minute; null before its first use */
            lastUsedAt: string | null;
            /** @enum {string} */
            mode: "live" | "test";
            revokedAt: string | null;
            /** @enum {string} */
            status: "active" | "revoked";
            /** @example ten_01JD3Z8QK6W7P9V2M4N5X0T1RB */
            tenantId: string;
        };
        BulkAnswer: {
            accepted: number;
            messages: {
                /** @example msg_01JD3Z8QK6W7P9V2M4N5X0T1RB */
                id: string;
                to: string;
            }[];
            rejected: components["schemas"]["BulkRejection"][];
        };
        BulkRejection: {
            /** @enum {string} */
            code: "invalid_recipient" | "missing_variable" | "invalid_text" | "opted_out" | "unavailable";
            /** @description The recipient's place in the request, from 0. */
            index: number;
            message: string;
            to: string;
        };
        /**
         * @description status: draft and scheduled can be changed and started; running can be paused; paused can be resumed; all four can be cancelled. It is completed once every recipient is sent, failed or skipped; that and cancelled are final.
         * @example {
         *       "id": "cmp_01JD3Z8QK6W7P9V2M4N5X0T1RB",
         *       "name": "Spring sale",
         *       "sessionId": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
         *       "text": "Hello {{name}}, our sale begins today.",
         *       "template": null,
         *       "media": null,
         *       "audience": {
         *         "tags": [
         *           "vip"
         *         ]
         *       },
         *       "pace": {
         *         "messagesPerMinute": 10,
         *         "jitter": 0.5
         *       },
         *       "quietHours": {
         *         "start": "21:00",
         *         "end": "08:00",
         *         "timeZone": "America/Sao_Paulo"
         *       },
         *       "scheduledAt": null,
         *       "metadata": {},
         *       "status": "running",
         *       "pausedReason": null,
         *       "waiting": null,
         *       "stats": {
         *         "total": 100,
         *         "pending": 78,
         *         "queued": 1,
         *         "sent": 2,
         *         "delivered": 8,
         *         "read": 9,
         *         "failed": 1,
         *         "skipped": 1
         *       },
         *       "replied": 3,
         *       "createdAt": "2026-11-22T08:00:00.000Z",
         *       "updatedAt": "2026-11-22T09:00:00.000Z",
         *       "startedAt": "2026-11-22T09:00:00.000Z",
         *       "finishedAt": null
         *     }
         */
        Campaign: {
            audience: components["schemas"]["CampaignAudience"];
            /** Format: date-time */
            createdAt: string;
            /** @description When it was completed or cancelled. */
            finishedAt: string | null;
            /** @example cmp_01JD3Z8QK6W7P9V2M4N5X0T1RB */
            id: string;
            media: components["schemas"]["CampaignMedia"] | null;
            /**
             * @description Your own JSON object, echoed untouched; at most 4 KB.
             * @example {
             *       "orderId": "A-1001"
             *     }
             */
            metadata: {
                [key: string]: unknown;
            };
            name: string;
            pace: components["schemas"]["CampaignPaceAnswer"];
            /** @description requested: by /pause. restricted: WhatsApp refused a message with 403. banned, session_disconnected, session_deleted: what became of the session. repeated_failures: five messages failed one after the other. audience_unreadable, audience_too_large: nothing was sent, since the audience could not be read to its end, or names more than 100,000. None of these ends by itself: a person looks at it, and resumes or cancels. */
            pausedReason: components["schemas"]["PausedReason"] | null;
            quietHours: components["schemas"]["QuietHours"] | null;
            /** @description Recipients who wrote within 30 days; each counts once. */
            replied: number;
            scheduledAt: string | null;
            /** @example ses_01JD3Z8QK6W7P9V2M4N5X0T1RB */
            sessionId: string;
            startedAt: string | null;
            stats: components["schemas"]["CampaignStats"];
            status: components["schemas"]["CampaignStatus"];
            /** @description Its text is copied when the campaign starts; what happens to it later changes nothing. */
            template: {
                /** @example tpl_01JD3Z8QK6W7P9V2M4N5X0T1RB */
                id: string;
                variables: {
                    [key: string]: string;
                };
            } | null;
            text: string | null;
            /** Format: date-time */
            updatedAt: string;
            /** @description What a running campaign waits for before it goes on by itself: the end of its quiet hours, a new UTC day with room for people the session never wrote with (the session's firstContactsPerDay), or its session to reconnect. Null where it is being sent at its pace. */
            waiting: {
                reason: components["schemas"]["WaitReason"];
                until: string | null;
            } | null;
        };
        /**
         * @description As it was given; of a list, its length.
         * @example {
         *       "tags": [
         *         "vip"
         *       ]
         *     }
         */
        CampaignAudience: {
            contactIds: {
                count: number;
            };
        } | {
            recipients: {
                count: number;
            };
        } | {
            tags: string[];
        } | {
            /** @example med_01JD3Z8QK6W7P9V2M4N5X0T1RB */
            mediaId: string;
        };
        CampaignMedia: {
            caption: string | null;
            filename: string | null;
            mediaId: string | null;
            /** @enum {string} */
            type: "image" | "video" | "audio" | "voice" | "document" | "sticker";
            url: string | null;
        };
        /**
         * @example {
         *       "messagesPerMinute": 10,
         *       "jitter": 0.5
         *     }
         */
        CampaignPace: {
            /**
             * @description A fraction of the time between two messages.
             * @default 0.5
             */
            jitter?: number;
            /**
             * @description The session's own limit holds beside it; null: that alone.
             * @default null
             */
            messagesPerMinute?: number | null;
        };
        /**
         * @example {
         *       "messagesPerMinute": 10,
         *       "jitter": 0.5
         *     }
         */
        CampaignPaceAnswer: {
            /**
             * @description A fraction of the time between two messages.
             * @default 0.5
             */
            jitter: number;
            /**
             * @description The session's own limit holds beside it; null: that alone.
             * @default null
             */
            messagesPerMinute: number | null;
        };
        /**
         * @example {
         *       "total": 120,
         *       "skipped": [
         *         {
         *           "reason": "opted_out",
         *           "count": 2
         *         }
         *       ],
         *       "estimatedDurationSeconds": 354,
         *       "samples": [
         *         {
         *           "to": "+5511999999999",
         *           "contactId": null,
         *           "text": "Hello Ana, our sale begins today."
         *         },
         *         {
         *           "to": "+5511988888888",
         *           "contactId": null,
         *           "text": "Hello Rui, our sale begins today."
         *         },
         *         {
         *           "to": "+5511977777777",
         *           "contactId": null,
         *           "text": "Hello Eva, our sale begins today."
         *         }
         *       ],
         *       "complete": true
         *     }
         */
        CampaignPreview: {
            /** @description False where the audience could not be read to its end in ten seconds, or names more than 100,000, which would pause the campaign when it starts: then all this is of what was read. */
            complete: boolean;
            /** @description By the pace, the quiet hours and the first contacts a day, if nothing else is sent; null where the session's limits would never let it end. */
            estimatedDurationSeconds: number | null;
            /** @description The first three messages as they would be sent; text is the caption of a file. */
            samples: {
                contactId: string | null;
                text: string | null;
                to: string;
            }[];
            skipped: {
                count: number;
                reason: components["schemas"]["SkipReason"];
            }[];
            /** @description All the audience names, the skipped among them. */
            total: number;
        };
        /** @description status: pending: its turn has not come. queued: accepted for sending. Then as its message: sent, delivered, read, or failed. skipped: it gets none. */
        CampaignRecipient: {
            contactId: string | null;
            /** @description Why its message failed. */
            error: components["schemas"]["MessageError"] | null;
            messageId: string | null;
            /** @description Why it was skipped. opted_out: the person wants no messages. duplicate: the audience names the same person before, by whatever spelling of the number or by its LID; where that shows only when its turn comes, there is a message as well, which failed with duplicate. invalid_number: it is no number and no JID. missing_variable: there is no value for a {{variable}}. invalid_text: what comes out is empty or too long. contact_deleted: the contact is gone. */
            reason: components["schemas"]["SkipReason"] | null;
            repliedAt: string | null;
            sentAt: string | null;
            status: components["schemas"]["RecipientStatus"];
            to: string;
        };
        /** @description How many recipients stand where: the statuses exclude one another and add up to total. All are 0 until the campaign starts. */
        CampaignStats: {
            delivered: number;
            failed: number;
            pending: number;
            queued: number;
            read: number;
            sent: number;
            skipped: number;
            total: number;
        };
        /** @enum {string} */
        CampaignStatus: "draft" | "scheduled" | "running" | "paused" | "completed" | "cancelled";
        ChangeError: {
            /** Format: date-time */
            at: string;
            /** @enum {string} */
            change: "reaction" | "edit" | "delete" | "read";
            /** @enum {string} */
            code: "not_on_whatsapp" | "expired" | "session_disconnected" | "restricted" | "media_unavailable" | "media_unsupported" | "duplicate" | "rejected";
            detail: string | null;
            message: string;
        };
        Chat: {
            id: string;
            isGroup: boolean;
            /** @description Of a longer text, the first 1,000 characters. */
            lastMessage: components["schemas"]["Message"] | null;
            lid: string | null;
            name: string | null;
            phone: string | null;
            unreadCount: number;
            /** Format: date-time */
            updatedAt: string;
        };
        Choice: {
            id: string | null;
            title: string | null;
        };
        /** @description optedOut: whether they want no messages: as set here, or by STOP or another such word in answer to a campaign, until START. Sends to them, under any spelling of the number, are a 422 opted_out, and campaigns skip them. */
        Contact: {
            /** Format: date-time */
            createdAt: string;
            customFields: {
                [key: string]: string | number | boolean;
            };
            email: string | null;
            /** @example con_01JD3Z8QK6W7P9V2M4N5X0T1RB */
            id: string;
            name: string | null;
            optedOut: boolean;
            optedOutAt: string | null;
            /** @example +5511999999999 */
            phoneNumber: string;
            tags: string[];
            /** Format: date-time */
            updatedAt: string;
        };
        ContactImport: {
            created: number;
            /** Format: date-time */
            createdAt: string;
            /** @description Why the file as a whole could not be imported. */
            error: {
                /** @enum {string} */
                code: "validation_failed" | "unauthorized" | "quota_exceeded" | "not_found" | "method_not_allowed" | "session_not_connected" | "invalid_transition" | "media_not_ready" | "idempotency_in_progress" | "body_too_large" | "unsupported_media_type" | "idempotency_key_reused" | "opted_out" | "passkey_invalid" | "rate_limited" | "internal_error" | "unavailable";
                message: string;
            } | null;
            /** @description A CSV of the rows that failed (index, code, message), to download soon; null where there are none. */
            errorsUrl: string | null;
            failedCount: number;
            finishedAt: string | null;
            /** @example imp_01JD3Z8QK6W7P9V2M4N5X0T1RB */
            id: string;
            /** @example med_01JD3Z8QK6W7P9V2M4N5X0T1RB */
            mediaId: string;
            processed: number;
            status: components["schemas"]["ImportStatus"];
            /** @description The rows of the file; null until they have been counted. */
            total: number | null;
            updated: number;
        };
        /**
         * @example {
         *       "contacts": [
         *         {
         *           "phoneNumber": "+5511999999999",
         *           "name": "Ana Souza"
         *         }
         *       ]
         *     }
         */
        ContactList: {
            contacts: unknown[];
        };
        /**
         * @example {
         *       "label": "backend"
         *     }
         */
        CreateApiKey: {
            /** @description from when on it opens nothing; null for never */
            expiresAt?: string | null;
            label?: string | null;
        };
        /**
         * @example {
         *       "name": "Spring sale",
         *       "sessionId": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
         *       "text": "Hello {{name}}, our sale begins today.",
         *       "audience": {
         *         "recipients": [
         *           {
         *             "to": "+5511999999999",
         *             "variables": {
         *               "name": "Ana"
         *             }
         *           }
         *         ]
         *       },
         *       "pace": {
         *         "messagesPerMinute": 10,
         *         "jitter": 0.5
         *       }
         *     }
         */
        CreateCampaign: {
            /**
             * @description Contacts by id, or all that have one of some tags; recipients with variables of their own; or an uploaded CSV in UTF-8 with a column phone or phoneNumber, whose other columns are variables (a column optedOut keeps people back). At most 5000 in a list, 100000 in all. Who it is and what they get is settled when the campaign starts, of which /preview tells; people who opt out later are skipped all the same.
             * @example {
             *       "tags": [
             *         "vip"
             *       ]
             *     }
             */
            audience: {
                contactIds: string[];
            } | {
                tags: string[];
            } | {
                recipients: {
                    to: string;
                    /**
                     * @description A value for each variable of the template.
                     * @example {
                     *       "name": "Ana",
                     *       "order": "A-1001"
                     *     }
                     */
                    variables?: {
                        [key: string]: string | number;
                    };
                }[];
            } | {
                /** @example med_01JD3Z8QK6W7P9V2M4N5X0T1RB */
                mediaId: string;
            };
            /**
             * @description A file for everybody. An upload must still be kept when the campaign is sent.
             * @example {
             *       "type": "image",
             *       "url": "https://example.com/sale.jpg",
             *       "caption": "Hello {{name}}"
             *     }
             */
            media?: {
                /** @description {{name}} is filled in. */
                caption?: string;
                /** @example invoice.pdf */
                filename?: string;
                /** @enum {string} */
                type: "image" | "video" | "audio" | "voice" | "document" | "sticker";
                /**
                 * @description An https:// URL on the public internet, of a file of up to 100 MB.
                 * @example https://example.com/invoice.pdf
                 */
                url: string;
            } | {
                /** Format: base64 */
                base64: string;
                /** @description {{name}} is filled in. */
                caption?: string;
                /** @example invoice.pdf */
                filename?: string;
                /** @example image/jpeg */
                mimetype: string;
                /** @enum {string} */
                type: "image" | "video" | "audio" | "voice" | "document" | "sticker";
            } | {
                /** @description {{name}} is filled in. */
                caption?: string;
                /** @example invoice.pdf */
                filename?: string;
                /** @example med_01JD3Z8QK6W7P9V2M4N5X0T1RB */
                mediaId: string;
                /** @enum {string} */
                type: "image" | "video" | "audio" | "voice" | "document" | "sticker";
            };
            /**
             * @description Your own JSON object, echoed untouched; at most 4 KB.
             * @default {}
             * @example {
             *       "orderId": "A-1001"
             *     }
             */
            metadata?: {
                [key: string]: unknown;
            };
            name: string;
            /**
             * @default {
             *       "messagesPerMinute": null,
             *       "jitter": 0.5
             *     }
             */
            pace?: components["schemas"]["CampaignPace"];
            /** @default null */
            quietHours?: components["schemas"]["QuietHours"] | null;
            scheduledAt?: string | null;
            /** @example ses_01JD3Z8QK6W7P9V2M4N5X0T1RB */
            sessionId: string;
            /** @description Instead of a text: a template, and values for those who have none of their own. */
            template?: {
                /** @example tpl_01JD3Z8QK6W7P9V2M4N5X0T1RB */
                id: string;
                /**
                 * @description A value for each variable of the template.
                 * @example {
                 *       "name": "Ana",
                 *       "order": "A-1001"
                 *     }
                 */
                variables?: {
                    [key: string]: string | number;
                };
            };
            /** @description {{name}} takes the recipient's variable of that name, or the field of the contact: name, phone, email or one of its custom fields. Who has none is skipped. */
            text?: string;
        };
        CreatedApiKey: {
            /** Format: date-time */
            createdAt: string;
            expiresAt: string | null;
            /** @example key_01JD3Z8QK6W7P9V2M4N5X0T1RB */
            id: string;
            /** @description shown here and never again */
            key: string;
            label: string | null;
            /** @description to the minute; null before its first use */
            lastUsedAt: string | null;
            /** @enum {string} */
            mode: "live" | "test";
            revokedAt: string | null;
            /** @enum {string} */
            status: "active" | "revoked";
            /** @example ten_01JD3Z8QK6W7P9V2M4N5X0T1RB */
            tenantId: string;
        };
        /**
         * @example {
         *       "name": "Sales"
         *     }
         * @example {
         *       "name": "Sales",
         *       "phoneNumber": "+5511999999999"
         *     }
         */
        CreateSession: {
            limits?: components["schemas"]["SessionLimits"];
            /**
             * @description Your own JSON object, echoed untouched; at most 4 KB.
             * @example {
             *       "orderId": "A-1001"
             *     }
             */
            metadata?: {
                [key: string]: unknown;
            };
            /** @example Sales */
            name?: string | null;
            /**
             * @description Asks for a pairing code beside the QR, to be typed on the phone that has this number.
             * @example +5511999999999
             * @example +55 (11) 99999-9999
             */
            phoneNumber?: string;
            /**
             * @description http://, https:// or socks5://, with user name and password where the proxy asks for them. All that the session exchanges with WhatsApp goes through it. It is kept encrypted and never shown.
             * @example http://user:password@proxy.example.com:8080
             */
            proxyUrl?: string;
        };
        /**
         * @example {
         *       "name": "Order shipped",
         *       "body": "Hello {{name}}, your order {{order}} is on its way."
         *     }
         */
        CreateTemplate: {
            body: string;
            /**
             * @description A file, of which the body is the caption; an upload is kept only for a time.
             * @default null
             * @example {
             *       "type": "image",
             *       "url": "https://example.com/sale.jpg"
             *     }
             */
            media?: ({
                /** @example invoice.pdf */
                filename?: string;
                /** @enum {string} */
                type: "image" | "video" | "document";
                /**
                 * @description Fetched anew for each send.
                 * @example https://example.com/sale.jpg
                 */
                url: string;
            } | {
                /** @example invoice.pdf */
                filename?: string;
                /** @example med_01JD3Z8QK6W7P9V2M4N5X0T1RB */
                mediaId: string;
                /** @enum {string} */
                type: "image" | "video" | "document";
            }) | null;
            name: string;
        };
        /**
         * @example {
         *       "filename": "invoice.pdf",
         *       "mimetype": "application/pdf",
         *       "size": 48213
         *     }
         */
        CreateUpload: {
            /** @example invoice.pdf */
            filename: string;
            /** @example image/jpeg */
            mimetype: string;
            /** @description In bytes; the upload must have exactly as many. */
            size: number;
        };
        /**
         * @example {
         *       "url": "https://example.com/hooks/whatsapp",
         *       "events": [
         *         "message.*"
         *       ]
         *     }
         */
        CreateWebhook: {
            description?: string | null;
            /**
             * @example [
             *       "message.received"
             *     ]
             * @example [
             *       "message.*"
             *     ]
             * @example [
             *       "*"
             *     ]
             */
            events: components["schemas"]["EventPattern"][];
            /** @description Only events of these sessions; null for all of the tenant's. */
            sessionIds?: string[] | null;
            /**
             * @description An https:// URL that leads to the public internet.
             * @example https://example.com/hooks/whatsapp
             */
            url: string;
        };
        /** @enum {string} */
        DisconnectReason: "logged_out" | "replaced" | "banned" | "client_outdated" | "multidevice_mismatch" | "qr_timeout" | "passkey_timeout" | "passkey_failed" | "temporarily_banned" | "proxy_unreachable" | "restart_required" | "connection_lost" | "unreachable" | "unavailable" | "bad_session";
        /**
         * @example {
         *       "sessionId": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
         *       "text": "Hello again"
         *     }
         */
        EditMessage: {
            /** @example ses_01JD3Z8QK6W7P9V2M4N5X0T1RB */
            sessionId: string;
            text: string;
        };
        /**
         * @example {
         *       "id": "evt_01JD3Z8QK6W7P9V2M4N5X0T1RB",
         *       "type": "message.delivered",
         *       "createdAt": "2026-11-22T08:00:02.512Z",
         *       "tenantId": "ten_01JD3Z8QK6W7P9V2M4N5X0T1RB",
         *       "sessionId": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
         *       "sequence": 42,
         *       "metadata": {
         *         "team": "south"
         *       },
         *       "data": {
         *         "id": "msg_01JD3Z8QK6W7P9V2M4N5X0T1RB",
         *         "sessionId": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
         *         "chatId": "5511999999999@s.whatsapp.net",
         *         "direction": "outbound",
         *         "source": "api",
         *         "type": "text",
         *         "text": "Hello from WASaaS",
         *         "media": null,
         *         "location": null,
         *         "contacts": null,
         *         "poll": null,
         *         "event": null,
         *         "choice": null,
         *         "referral": null,
         *         "status": "delivered",
         *         "error": null,
         *         "campaignId": null,
         *         "quotedMessageId": null,
         *         "mentions": [],
         *         "from": {
         *           "id": "5511888888888@s.whatsapp.net",
         *           "phone": "+5511888888888",
         *           "lid": null,
         *           "name": "Acme"
         *         },
         *         "to": {
         *           "id": "5511999999999@s.whatsapp.net",
         *           "phone": "+5511999999999",
         *           "lid": null,
         *           "name": "Ana"
         *         },
         *         "priority": "normal",
         *         "waMessageId": "3EB0A1B2C3D4E5F6071829",
         *         "metadata": {
         *           "orderId": "A-1001"
         *         },
         *         "reactions": [
         *           {
         *             "emoji": "👍",
         *             "from": {
         *               "id": "5511999999999@s.whatsapp.net",
         *               "phone": "+5511999999999",
         *               "lid": null,
         *               "name": "Ana"
         *             },
         *             "at": "2026-11-22T08:00:02.512Z"
         *           }
         *         ],
         *         "editedAt": null,
         *         "deletedAt": null,
         *         "changeError": null,
         *         "createdAt": "2026-11-22T08:00:00.000Z",
         *         "updatedAt": "2026-11-22T08:00:02.512Z"
         *       }
         *     }
         */
        Event: {
            /** Format: date-time */
            createdAt: string;
            data: {
                [key: string]: unknown;
            };
            /** @example evt_01JD3Z8QK6W7P9V2M4N5X0T1RB */
            id: string;
            metadata: {
                [key: string]: unknown;
            };
            sequence: number;
            sessionId: string | null;
            /** @example ten_01JD3Z8QK6W7P9V2M4N5X0T1RB */
            tenantId: string;
            type: components["schemas"]["EventType"];
        };
        /**
         * @description An event type, a group of them such as message.*, or * for all.
         * @enum {string}
         */
        EventPattern: "*" | "session.*" | "message.*" | "contact.*" | "campaign.*" | "group.*" | "call.*" | "webhook.*" | "session.status" | "session.qr" | "session.pairing_code" | "session.passkey_required" | "session.connected" | "session.disconnected" | "session.restricted" | "session.deleted" | "message.received" | "message.sent_from_phone" | "message.queued" | "message.sent" | "message.delivered" | "message.read" | "message.failed" | "message.reaction" | "message.edited" | "message.deleted" | "message.poll_vote" | "message.undecryptable" | "contact.created" | "contact.updated" | "contact.deleted" | "contact.opted_out" | "contact.imported" | "campaign.started" | "campaign.paused" | "campaign.completed" | "campaign.cancelled" | "group.updated" | "call.received" | "webhook.test" | "webhook.disabled";
        /** @enum {string} */
        EventType: "session.status" | "session.qr" | "session.pairing_code" | "session.passkey_required" | "session.connected" | "session.disconnected" | "session.restricted" | "session.deleted" | "message.received" | "message.sent_from_phone" | "message.queued" | "message.sent" | "message.delivered" | "message.read" | "message.failed" | "message.reaction" | "message.edited" | "message.deleted" | "message.poll_vote" | "message.undecryptable" | "contact.created" | "contact.updated" | "contact.deleted" | "contact.opted_out" | "contact.imported" | "campaign.started" | "campaign.paused" | "campaign.completed" | "campaign.cancelled" | "group.updated" | "call.received" | "webhook.test" | "webhook.disabled";
        Group: {
            createdAt: string | null;
            description: string | null;
            id: string;
            /** @description Whether the session is in it; of one it left, what was last seen. */
            isMember: boolean;
            onlyAdminsEdit: boolean;
            onlyAdminsWrite: boolean;
            owner: components["schemas"]["Person"] | null;
            /** @description At most 4,000 of them, in events 1,000. WhatsApp tells no names of people in groups. */
            participants: {
                person: components["schemas"]["Person"];
                role: components["schemas"]["GroupRole"];
            }[];
            /** @description How many people are kept of it, 4,000 at most. */
            size: number;
            subject: string;
            /** Format: date-time */
            updatedAt: string;
        };
        /** @enum {string} */
        GroupRole: "member" | "admin" | "superadmin";
        Health: {
            /** @constant */
            status: "ok";
            /** @example 0.1.0 */
            version: string;
        };
        /** @enum {string} */
        ImportStatus: "running" | "completed" | "failed";
        Location: {
            address: string | null;
            latitude: number;
            /** @description Whether it is the start of a shared live location. Only where it began is known. */
            live: boolean;
            longitude: number;
            name: string | null;
            url: string | null;
        };
        /**
         * @example {
         *       "sessionId": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB"
         *     }
         */
        MarkRead: {
            /** @example ses_01JD3Z8QK6W7P9V2M4N5X0T1RB */
            sessionId: string;
        };
        /**
         * @example {
         *       "id": "msg_01JD3Z8QK6W7P9V2M4N5X0T1RB",
         *       "sessionId": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
         *       "chatId": "5511999999999@s.whatsapp.net",
         *       "direction": "outbound",
         *       "source": "api",
         *       "type": "text",
         *       "text": "Hello from WASaaS",
         *       "media": null,
         *       "location": null,
         *       "contacts": null,
         *       "poll": null,
         *       "event": null,
         *       "choice": null,
         *       "referral": null,
         *       "status": "delivered",
         *       "error": null,
         *       "campaignId": null,
         *       "quotedMessageId": null,
         *       "mentions": [],
         *       "from": {
         *         "id": "5511888888888@s.whatsapp.net",
         *         "phone": "+5511888888888",
         *         "lid": null,
         *         "name": "Acme"
         *       },
         *       "to": {
         *         "id": "5511999999999@s.whatsapp.net",
         *         "phone": "+5511999999999",
         *         "lid": null,
         *         "name": "Ana"
         *       },
         *       "priority": "normal",
         *       "waMessageId": "3EB0A1B2C3D4E5F6071829",
         *       "metadata": {
         *         "orderId": "A-1001"
         *       },
         *       "reactions": [
         *         {
         *           "emoji": "👍",
         *           "from": {
         *             "id": "5511999999999@s.whatsapp.net",
         *             "phone": "+5511999999999",
         *             "lid": null,
         *             "name": "Ana"
         *           },
         *           "at": "2026-11-22T08:00:02.512Z"
         *         }
         *       ],
         *       "editedAt": null,
         *       "deletedAt": null,
         *       "changeError": null,
         *       "createdAt": "2026-11-22T08:00:00.000Z",
         *       "updatedAt": "2026-11-22T08:00:02.512Z"
         *     }
         */
        Message: {
            campaignId: string | null;
            /**
             * @description The last reaction, edit, deletion or reading that was accepted and then failed; the message is as it was. Its event (message.reaction, message.edited, message.deleted, message.read) carries it. Null again once a change succeeds.
             * @default null
             */
            changeError: components["schemas"]["ChangeError"] | null;
            chatId: string;
            /** @default null */
            choice: components["schemas"]["Choice"] | null;
            /** @default null */
            contacts: components["schemas"]["SharedContact"][] | null;
            /** Format: date-time */
            createdAt: string;
            /** @default null */
            deletedAt: string | null;
            /** @enum {string} */
            direction: "inbound" | "outbound";
            /** @default null */
            editedAt: string | null;
            error: components["schemas"]["MessageError"] | null;
            /** @default null */
            event: components["schemas"]["PlannedEvent"] | null;
            from: components["schemas"]["Person"] | null;
            /** @example msg_01JD3Z8QK6W7P9V2M4N5X0T1RB */
            id: string;
            /** @default null */
            location: components["schemas"]["Location"] | null;
            media: {
                caption: string | null;
                filename: string | null;
                mimetype: string;
                size: number | null;
                /** @enum {string} */
                status: "pending" | "ready" | "failed" | "expired";
            } | null;
            /**
             * @description Whom the text names, as @ and their number or LID.
             * @default []
             */
            mentions: components["schemas"]["Person"][];
            /**
             * @description Your own JSON object, echoed untouched; at most 4 KB.
             * @example {
             *       "orderId": "A-1001"
             *     }
             */
            metadata: {
                [key: string]: unknown;
            };
            /** @default null */
            poll: components["schemas"]["PollWithResults"] | null;
            priority: components["schemas"]["Priority"] | null;
            quotedMessageId: string | null;
            /** @default [] */
            reactions: components["schemas"]["Reaction"][];
            /**
             * @description The ad that the person came from with this message; null for any other message.
             * @default null
             */
            referral: components["schemas"]["Referral"] | null;
            /** @example ses_01JD3Z8QK6W7P9V2M4N5X0T1RB */
            sessionId: string;
            /** @enum {string} */
            source: "api" | "campaign" | "phone";
            status: components["schemas"]["MessageStatus"];
            text: string | null;
            to: components["schemas"]["Person"] | null;
            type: components["schemas"]["MessageType"];
            /** Format: date-time */
            updatedAt: string;
            waMessageId: string;
        };
        MessageError: {
            /** @enum {string} */
            code: "not_on_whatsapp" | "expired" | "session_disconnected" | "restricted" | "media_unavailable" | "media_unsupported" | "duplicate" | "rejected";
            detail: string | null;
            message: string;
        };
        /** @enum {string} */
        MessageStatus: "queued" | "sent" | "delivered" | "read" | "played" | "failed" | "received";
        /** @enum {string} */
        MessageType: "text" | "image" | "video" | "audio" | "voice" | "document" | "sticker" | "location" | "contact" | "poll" | "event" | "unsupported";
        /**
         * @example {
         *       "id": "msg_01JD3Z8QK6W7P9V2M4N5X0T1RB",
         *       "sessionId": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
         *       "chatId": "5511999999999@s.whatsapp.net",
         *       "direction": "outbound",
         *       "source": "api",
         *       "type": "text",
         *       "text": "Hello from WASaaS",
         *       "media": null,
         *       "location": null,
         *       "contacts": null,
         *       "poll": null,
         *       "event": null,
         *       "choice": null,
         *       "referral": null,
         *       "status": "delivered",
         *       "error": null,
         *       "campaignId": null,
         *       "quotedMessageId": null,
         *       "mentions": [],
         *       "from": {
         *         "id": "5511888888888@s.whatsapp.net",
         *         "phone": "+5511888888888",
         *         "lid": null,
         *         "name": "Acme"
         *       },
         *       "to": {
         *         "id": "5511999999999@s.whatsapp.net",
         *         "phone": "+5511999999999",
         *         "lid": null,
         *         "name": "Ana"
         *       },
         *       "priority": "normal",
         *       "waMessageId": "3EB0A1B2C3D4E5F6071829",
         *       "metadata": {
         *         "orderId": "A-1001"
         *       },
         *       "reactions": [
         *         {
         *           "emoji": "👍",
         *           "from": {
         *             "id": "5511999999999@s.whatsapp.net",
         *             "phone": "+5511999999999",
         *             "lid": null,
         *             "name": "Ana"
         *           },
         *           "at": "2026-11-22T08:00:02.512Z"
         *         }
         *       ],
         *       "editedAt": null,
         *       "deletedAt": null,
         *       "changeError": null,
         *       "createdAt": "2026-11-22T08:00:00.000Z",
         *       "updatedAt": "2026-11-22T08:00:02.512Z",
         *       "timeline": [
         *         {
         *           "status": "queued",
         *           "at": "2026-11-22T08:00:00.000Z"
         *         },
         *         {
         *           "status": "sent",
         *           "at": "2026-11-22T08:00:01.040Z"
         *         },
         *         {
         *           "status": "delivered",
         *           "at": "2026-11-22T08:00:02.512Z"
         *         }
         *       ]
         *     }
         */
        MessageWithTimeline: {
            campaignId: string | null;
            /**
             * @description The last reaction, edit, deletion or reading that was accepted and then failed; the message is as it was. Its event (message.reaction, message.edited, message.deleted, message.read) carries it. Null again once a change succeeds.
             * @default null
             */
            changeError: components["schemas"]["ChangeError"] | null;
            chatId: string;
            /** @default null */
            choice: components["schemas"]["Choice"] | null;
            /** @default null */
            contacts: components["schemas"]["SharedContact"][] | null;
            /** Format: date-time */
            createdAt: string;
            /** @default null */
            deletedAt: string | null;
            /** @enum {string} */
            direction: "inbound" | "outbound";
            /** @default null */
            editedAt: string | null;
            error: components["schemas"]["MessageError"] | null;
            /** @default null */
            event: components["schemas"]["PlannedEvent"] | null;
            from: components["schemas"]["Person"] | null;
            /** @example msg_01JD3Z8QK6W7P9V2M4N5X0T1RB */
            id: string;
            /** @default null */
            location: components["schemas"]["Location"] | null;
            media: {
                caption: string | null;
                filename: string | null;
                mimetype: string;
                size: number | null;
                /** @enum {string} */
                status: "pending" | "ready" | "failed" | "expired";
            } | null;
            /**
             * @description Whom the text names, as @ and their number or LID.
             * @default []
             */
            mentions: components["schemas"]["Person"][];
            /**
             * @description Your own JSON object, echoed untouched; at most 4 KB.
             * @example {
             *       "orderId": "A-1001"
             *     }
             */
            metadata: {
                [key: string]: unknown;
            };
            /** @default null */
            poll: components["schemas"]["PollWithResults"] | null;
            priority: components["schemas"]["Priority"] | null;
            quotedMessageId: string | null;
            /** @default [] */
            reactions: components["schemas"]["Reaction"][];
            /**
             * @description The ad that the person came from with this message; null for any other message.
             * @default null
             */
            referral: components["schemas"]["Referral"] | null;
            /** @example ses_01JD3Z8QK6W7P9V2M4N5X0T1RB */
            sessionId: string;
            /** @enum {string} */
            source: "api" | "campaign" | "phone";
            status: components["schemas"]["MessageStatus"];
            text: string | null;
            timeline: {
                /** Format: date-time */
                at: string;
                status: components["schemas"]["MessageStatus"];
            }[];
            to: components["schemas"]["Person"] | null;
            type: components["schemas"]["MessageType"];
            /** Format: date-time */
            updatedAt: string;
            waMessageId: string;
        };
        /**
         * @example {
         *       "phoneNumber": "+5511999999999",
         *       "name": "Ana Souza",
         *       "tags": [
         *         "vip"
         *       ],
         *       "customFields": {
         *         "city": "São Paulo"
         *       }
         *     }
         */
        NewContact: {
            /**
             * @description Merged field by field; null takes one out.
             * @example {
             *       "city": "São Paulo"
             *     }
             */
            customFields?: {
                [key: string]: (string | number | boolean) | null;
            };
            /** @example ana@example.com */
            email?: string | null;
            /** @example Ana Souza */
            name?: string | null;
            optedOut?: boolean;
            /**
             * @description A phone number with its country code, however it is spaced; it is kept as + and digits.
             * @example +5511999999999
             * @example +55 (11) 99999-9999
             */
            phoneNumber: string;
            /**
             * @example [
             *       "customer",
             *       "vip"
             *     ]
             */
            tags?: string[];
        };
        /** @description Why WhatsApp gave no pairing code for the number: `refused` (400), `rate_limited` (429, wait before you restart the session), `not_on_whatsapp` (404), `unavailable` (anything else, or no answer). The QR can be scanned all the same. */
        PairingCodeError: {
            /** @enum {string} */
            reason: "refused" | "rate_limited" | "not_on_whatsapp" | "unavailable";
            statusCode: number | null;
        };
        Passkey: {
            /** @description The code that the phone shows as well, as XXXX-XXXX. */
            code: string | null;
            /** @description When this state ends if nothing happens. */
            expiresAt: string | null;
            /** @description Why there is a new challenge: WhatsApp refused the last credential, or the phone did not answer. */
            failure: ("refused" | "phone_silent") | null;
            /** @description WhatsApp's challenge, as JSON for the browser. */
            options: ({
                challenge: string;
                /** @constant */
                rpId: "whatsapp.com";
                timeout?: number;
                userVerification?: string;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * @description `none`: no passkey is asked for. `challenge`: give `options` to navigator.credentials.get() in a page of https://web.whatsapp.com and post the credential. `checking`: WhatsApp and the phone look at it. `confirmation`: compare `code` with the phone's and confirm. `finishing`: the link is about to be made.
             * @enum {string}
             */
            state: "none" | "challenge" | "checking" | "confirmation" | "finishing";
        };
        /** @description The credential as `credential.toJSON()` gives it in the browser. */
        PasskeyCredential: {
            id: string;
            rawId: string;
            response: {
                authenticatorData: string;
                clientDataJSON: string;
                signature: string;
                /** @default null */
                userHandle?: string | null;
            };
            type: string;
        };
        /**
         * @example {
         *       "tags": [
         *         "vip"
         *       ]
         *     }
         */
        PatchContact: {
            /**
             * @description Merged field by field; null takes one out.
             * @example {
             *       "city": "São Paulo"
             *     }
             */
            customFields?: {
                [key: string]: (string | number | boolean) | null;
            };
            /** @example ana@example.com */
            email?: string | null;
            /** @example Ana Souza */
            name?: string | null;
            optedOut?: boolean;
            /**
             * @description The contact's own number; another is another contact.
             * @example +5511999999999
             * @example +55 (11) 99999-9999
             */
            phoneNumber?: string;
            /**
             * @example [
             *       "customer",
             *       "vip"
             *     ]
             */
            tags?: string[];
        };
        /**
         * @example {
         *       "name": "Support"
         *     }
         */
        PatchSession: {
            limits?: {
                campaignMessagesPerMinute?: number | null;
                firstContactsPerDay?: ("warmup" | number) | null;
            };
            /**
             * @description Merged key by key; null takes a key out.
             * @example {
             *       "orderId": "A-1001"
             *     }
             */
            metadata?: {
                [key: string]: unknown;
            };
            /** @example Sales */
            name?: string | null;
            /** @description http://, https:// or socks5://, with user name and password where the proxy asks for them. All that the session exchanges with WhatsApp goes through it. It is kept encrypted and never shown. Null connects directly. The session reconnects at once. */
            proxyUrl?: string | null;
        };
        /**
         * @example {
         *       "enabled": true
         *     }
         */
        PatchWebhook: {
            description?: string | null;
            enabled?: boolean;
            /**
             * @example [
             *       "message.received"
             *     ]
             * @example [
             *       "message.*"
             *     ]
             * @example [
             *       "*"
             *     ]
             */
            events?: components["schemas"]["EventPattern"][];
            /** @description Only events of these sessions; null for all of the tenant's. */
            sessionIds?: string[] | null;
            /**
             * @description An https:// URL that leads to the public internet.
             * @example https://example.com/hooks/whatsapp
             */
            url?: string;
        };
        /** @enum {string} */
        PausedReason: "requested" | "restricted" | "banned" | "session_disconnected" | "session_deleted" | "repeated_failures" | "audience_unreadable" | "audience_too_large";
        Person: {
            id: string;
            lid: string | null;
            name: string | null;
            phone: string | null;
        };
        /** @enum {string} */
        Plan: "free" | "pro" | "enterprise";
        PlannedEvent: {
            cancelled: boolean;
            description: string | null;
            endsAt: string | null;
            joinLink: string | null;
            location: components["schemas"]["Location"] | null;
            name: string;
            startsAt: string | null;
        };
        PollWithResults: {
            options: string[];
            question: string;
            /**
             * @description How many people chose each option, as far as this session saw; empty before the first vote.
             * @default []
             */
            results: {
                option: string;
                votes: number;
            }[];
            /** @description How many options one person may choose; 0: any number. */
            selectableCount: number;
        };
        /** @enum {string} */
        Priority: "high" | "normal" | "low";
        Problem: {
            /** @enum {string} */
            code: "validation_failed" | "unauthorized" | "quota_exceeded" | "not_found" | "method_not_allowed" | "session_not_connected" | "invalid_transition" | "media_not_ready" | "idempotency_in_progress" | "body_too_large" | "unsupported_media_type" | "idempotency_key_reused" | "opted_out" | "passkey_invalid" | "rate_limited" | "internal_error" | "unavailable";
            detail: string;
            /** @description every offending field, on a validation_failed */
            errors?: {
                message: string;
                path: string;
            }[];
            requestId: string;
            status: number;
            title: string;
            /**
             * @description nothing more to read; code tells errors of a status apart
             * @constant
             */
            type: "about:blank";
        };
        /**
         * @example {
         *       "start": "21:00",
         *       "end": "08:00",
         *       "timeZone": "America/Sao_Paulo"
         *     }
         */
        QuietHours: {
            /**
             * @example 21:00
             * @example 08:00
             */
            end: string;
            /**
             * @example 21:00
             * @example 08:00
             */
            start: string;
            /** @example America/Sao_Paulo */
            timeZone: string;
        };
        /**
         * @example {
         *       "sessionId": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
         *       "emoji": "👍"
         *     }
         */
        React: {
            /**
             * @description One emoji; an empty text takes the reaction back.
             * @example 👍
             */
            emoji: string;
            /** @example ses_01JD3Z8QK6W7P9V2M4N5X0T1RB */
            sessionId: string;
        };
        Reaction: {
            /** Format: date-time */
            at: string;
            emoji: string;
            from: components["schemas"]["Person"] | null;
        };
        /** @enum {string} */
        RecipientStatus: "pending" | "queued" | "sent" | "delivered" | "read" | "failed" | "skipped";
        Referral: {
            body: string | null;
            /** @description The click id of a Click-to-WhatsApp ad, for reporting a conversion. */
            ctwaClid: string | null;
            headline: string | null;
            sourceId: string | null;
            /** @description `ad` or `post`, as WhatsApp says it. */
            sourceType: string | null;
            sourceUrl: string | null;
        };
        /**
         * @example {
         *       "name": "Ana Souza",
         *       "tags": []
         *     }
         */
        ReplaceContact: {
            /** @default {} */
            customFields?: {
                [key: string]: string | number | boolean;
            };
            /**
             * @default null
             * @example ana@example.com
             */
            email?: string | null;
            /**
             * @default null
             * @example Ana Souza
             */
            name?: string | null;
            /** @default false */
            optedOut?: boolean;
            /**
             * @description The contact's own number; another is another contact.
             * @example +5511999999999
             * @example +55 (11) 99999-9999
             */
            phoneNumber?: string;
            /**
             * @example [
             *       "customer",
             *       "vip"
             *     ]
             */
            tags?: string[];
        };
        /**
         * @example {
         *       "name": "Order shipped",
         *       "body": "Hello {{name}}, your order {{order}} is on its way."
         *     }
         */
        ReplaceTemplate: {
            body: string;
            /**
             * @description A file, of which the body is the caption; an upload is kept only for a time.
             * @default null
             * @example {
             *       "type": "image",
             *       "url": "https://example.com/sale.jpg"
             *     }
             */
            media?: ({
                /** @example invoice.pdf */
                filename?: string;
                /** @enum {string} */
                type: "image" | "video" | "document";
                /**
                 * @description Fetched anew for each send.
                 * @example https://example.com/sale.jpg
                 */
                url: string;
            } | {
                /** @example invoice.pdf */
                filename?: string;
                /** @example med_01JD3Z8QK6W7P9V2M4N5X0T1RB */
                mediaId: string;
                /** @enum {string} */
                type: "image" | "video" | "document";
            }) | null;
            name: string;
        };
        /**
         * @example {
         *       "url": "https://example.com/hooks/whatsapp",
         *       "events": [
         *         "*"
         *       ]
         *     }
         */
        ReplaceWebhook: {
            /** @default null */
            description?: string | null;
            /** @default true */
            enabled?: boolean;
            /**
             * @example [
             *       "message.received"
             *     ]
             * @example [
             *       "message.*"
             *     ]
             * @example [
             *       "*"
             *     ]
             */
            events: components["schemas"]["EventPattern"][];
            /**
             * @description Only events of these sessions; null for all of the tenant's.
             * @default null
             */
            sessionIds?: string[] | null;
            /**
             * @description An https:// URL that leads to the public internet.
             * @example https://example.com/hooks/whatsapp
             */
            url: string;
        };
        /**
         * @example {
         *       "since": "2026-11-22T08:00:00.000Z"
         *     }
         */
        ReplayWebhook: {
            /** Format: date-time */
            since: string;
            types?: components["schemas"]["EventType"][];
            /** Format: date-time */
            until?: string;
        };
        /** @default {} */
        RotateWebhookSecret: {
            /**
             * @description How long the secret before it goes on signing too. What was under way as the new one was made is signed by the one before alone; where that is refused it comes again, signed by both.
             * @default 24
             */
            overlapHours?: number;
        };
        SavedContacts: {
            created: number;
            /** @description The first 1,000 of them; index counts from 0, a header not counted. */
            failed: {
                code: string;
                index: number;
                message: string;
            }[];
            failedCount: number;
            updated: number;
        };
        /**
         * @example {
         *       "sessionId": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
         *       "recipients": [
         *         {
         *           "to": "+5511999999999",
         *           "variables": {
         *             "name": "Ana"
         *           }
         *         }
         *       ],
         *       "text": "Hello {{name}}"
         *     }
         */
        SendBulk: {
            /**
             * @description Instead of a text: a file for everybody.
             * @example {
             *       "type": "image",
             *       "url": "https://example.com/sale.jpg",
             *       "caption": "Hello {{name}}"
             *     }
             */
            media?: {
                /** @description {{name}} is filled in. */
                caption?: string;
                /** @example invoice.pdf */
                filename?: string;
                /** @enum {string} */
                type: "image" | "video" | "audio" | "voice" | "document" | "sticker";
                /**
                 * @description An https:// URL on the public internet, of a file of up to 100 MB.
                 * @example https://example.com/invoice.pdf
                 */
                url: string;
            } | {
                /** Format: base64 */
                base64: string;
                /** @description {{name}} is filled in. */
                caption?: string;
                /** @example invoice.pdf */
                filename?: string;
                /** @example image/jpeg */
                mimetype: string;
                /** @enum {string} */
                type: "image" | "video" | "audio" | "voice" | "document" | "sticker";
            } | {
                /** @description {{name}} is filled in. */
                caption?: string;
                /** @example invoice.pdf */
                filename?: string;
                /** @example med_01JD3Z8QK6W7P9V2M4N5X0T1RB */
                mediaId: string;
                /** @enum {string} */
                type: "image" | "video" | "audio" | "voice" | "document" | "sticker";
            };
            /** @description Each may be refused by itself: a number that is none, a variable that is missing. */
            recipients: {
                to: string;
                /**
                 * @description A value for each variable of the template.
                 * @example {
                 *       "name": "Ana",
                 *       "order": "A-1001"
                 *     }
                 */
                variables?: {
                    [key: string]: string | number;
                };
            }[];
            /** @example ses_01JD3Z8QK6W7P9V2M4N5X0T1RB */
            sessionId: string;
            /** @description Instead of a text: a template, and values for those who have none of their own. */
            template?: {
                /** @example tpl_01JD3Z8QK6W7P9V2M4N5X0T1RB */
                id: string;
                /**
                 * @description A value for each variable of the template.
                 * @example {
                 *       "name": "Ana",
                 *       "order": "A-1001"
                 *     }
                 */
                variables?: {
                    [key: string]: string | number;
                };
            };
            /** @description What everybody gets; {{name}} takes the recipient's variable of that name. */
            text?: string;
        };
        /**
         * @example {
         *       "sessionId": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
         *       "to": "+5511999999999",
         *       "type": "document",
         *       "media": {
         *         "url": "https://example.com/invoice.pdf"
         *       },
         *       "caption": "Your invoice"
         *     }
         */
        SendMedia: {
            /** @description Shown with images, videos and documents. */
            caption?: string;
            /** @example invoice.pdf */
            filename?: string;
            /**
             * @example {
             *       "url": "https://example.com/invoice.pdf"
             *     }
             */
            media: {
                /**
                 * @description An https:// URL on the public internet, of a file of up to 100 MB.
                 * @example https://example.com/invoice.pdf
                 */
                url: string;
            } | {
                /** Format: base64 */
                base64: string;
                /** @example image/jpeg */
                mimetype: string;
            } | {
                /** @example med_01JD3Z8QK6W7P9V2M4N5X0T1RB */
                mediaId: string;
            };
            /**
             * @description Your own JSON object, echoed untouched; at most 4 KB.
             * @default {}
             * @example {
             *       "orderId": "A-1001"
             *     }
             */
            metadata?: {
                [key: string]: unknown;
            };
            /** @default normal */
            priority?: components["schemas"]["Priority"];
            /** @example ses_01JD3Z8QK6W7P9V2M4N5X0T1RB */
            sessionId: string;
            /**
             * @description A phone number of 7–15 digits, with or without +, or a JID (…@s.whatsapp.net, …@lid, …@g.us).
             * @example +5511999999999
             * @example 5511999999999@s.whatsapp.net
             */
            to: string;
            /**
             * @description A voice note must be Opus in Ogg, a sticker WebP.
             * @enum {string}
             */
            type: "image" | "video" | "audio" | "voice" | "document" | "sticker";
        };
        /**
         * @example {
         *       "sessionId": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
         *       "to": "+5511999999999",
         *       "text": "Hello from WASaaS"
         *     }
         */
        SendMessage: {
            /** @description Whom the text names; each is shown where it says @ and the number, as in @5511999999999. */
            mentions?: string[];
            /**
             * @description Your own JSON object, echoed untouched; at most 4 KB.
             * @default {}
             * @example {
             *       "orderId": "A-1001"
             *     }
             */
            metadata?: {
                [key: string]: unknown;
            };
            /** @default normal */
            priority?: components["schemas"]["Priority"];
            /**
             * @description The message of the same chat that this answers.
             * @example msg_01JD3Z8QK6W7P9V2M4N5X0T1RB
             */
            quotedMessageId?: string;
            /** @example ses_01JD3Z8QK6W7P9V2M4N5X0T1RB */
            sessionId: string;
            /** @description Instead of a text: a template, and a value for each of its variables. */
            template?: {
                /** @example tpl_01JD3Z8QK6W7P9V2M4N5X0T1RB */
                id: string;
                /**
                 * @description A value for each variable of the template.
                 * @example {
                 *       "name": "Ana",
                 *       "order": "A-1001"
                 *     }
                 */
                variables?: {
                    [key: string]: string | number;
                };
            };
            text?: string;
            /**
             * @description A phone number of 7–15 digits, with or without +, or a JID (…@s.whatsapp.net, …@lid, …@g.us).
             * @example +5511999999999
             * @example 5511999999999@s.whatsapp.net
             */
            to: string;
        };
        /**
         * @example {
         *       "id": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
         *       "name": "Sales",
         *       "metadata": {
         *         "team": "south"
         *       },
         *       "limits": {
         *         "campaignMessagesPerMinute": 20,
         *         "firstContactsPerDay": "warmup"
         *       },
         *       "status": "connected",
         *       "qr": null,
         *       "pairingCode": null,
         *       "pairingCodeError": null,
         *       "phone": {
         *         "jid": "5511888888888@s.whatsapp.net",
         *         "lid": "84215906132455@lid",
         *         "number": "+5511888888888",
         *         "name": "Acme"
         *       },
         *       "lastDisconnect": null,
         *       "restricted": null,
         *       "lastInboundAt": "2026-11-22T07:59:41.210Z",
         *       "statuses": [
         *         {
         *           "status": "starting",
         *           "at": "2026-11-20T09:30:00.000Z"
         *         },
         *         {
         *           "status": "qr",
         *           "at": "2026-11-20T09:30:01.304Z"
         *         },
         *         {
         *           "status": "connected",
         *           "at": "2026-11-20T09:30:19.871Z"
         *         }
         *       ],
         *       "createdAt": "2026-11-20T09:30:00.000Z",
         *       "connectedAt": "2026-11-20T09:30:19.871Z"
         *     }
         */
        Session: {
            connectedAt: string | null;
            /** Format: date-time */
            createdAt: string;
            /** @example ses_01JD3Z8QK6W7P9V2M4N5X0T1RB */
            id: string;
            lastDisconnect: {
                /** Format: date-time */
                at: string;
                message?: string | null;
                reason: components["schemas"]["DisconnectReason"];
                statusCode: number | null;
            } | null;
            lastInboundAt: string | null;
            limits: components["schemas"]["SessionLimitsAnswer"];
            /**
             * @description Your own JSON object, echoed untouched; at most 4 KB.
             * @example {
             *       "orderId": "A-1001"
             *     }
             */
            metadata: {
                [key: string]: unknown;
            };
            name: string | null;
            /** @description eight letters and digits to type on the phone whose number was given, for as long as the QRs last */
            pairingCode: string | null;
            /** @default null */
            pairingCodeError: components["schemas"]["PairingCodeError"] | null;
            phone: components["schemas"]["SessionPhone"] | null;
            qr: {
                /** @description the raw string WhatsApp shows */
                code: string;
                /** Format: date-time */
                expiresAt: string;
                /** @description a PNG as a data URL */
                image: string;
            } | null;
            restricted: {
                reason: string;
                until: string | null;
            } | null;
            status: components["schemas"]["SessionStatus"];
            statuses: {
                /** Format: date-time */
                at: string;
                status: components["schemas"]["SessionStatus"];
            }[];
        };
        /** @description Hold for campaigns alone; null lifts the cap. */
        SessionLimits: {
            /** @default 20 */
            campaignMessagesPerMinute?: number | null;
            /** @default warmup */
            firstContactsPerDay?: ("warmup" | number) | null;
        };
        /** @description Hold for campaigns alone; null lifts the cap. */
        SessionLimitsAnswer: {
            /** @default 20 */
            campaignMessagesPerMinute: number | null;
            /** @default warmup */
            firstContactsPerDay: ("warmup" | number) | null;
        };
        SessionPhone: {
            jid: string;
            lid: string | null;
            name: string | null;
            /** @description + and digits */
            number: string;
        };
        /** @enum {string} */
        SessionStatus: "starting" | "qr" | "connecting" | "connected" | "passkey_required" | "passkey_confirmation" | "disconnected" | "stopped";
        SharedContact: {
            name: string | null;
            phones: string[];
            /** @description The card as it was sent; null where it is over 4,096 characters, a photo in it as a rule. */
            vcard: string | null;
        };
        /** @enum {string} */
        SkipReason: "opted_out" | "duplicate" | "invalid_number" | "missing_variable" | "invalid_text" | "contact_deleted";
        /**
         * @example {
         *       "mediaId": "med_01JD3Z8QK6W7P9V2M4N5X0T1RB"
         *     }
         */
        StartContactImport: {
            /**
             * @description What `POST /api/media` answered.
             * @example med_01JD3Z8QK6W7P9V2M4N5X0T1RB
             */
            mediaId: string;
        };
        /**
         * @example {
         *       "id": "tpl_01JD3Z8QK6W7P9V2M4N5X0T1RB",
         *       "name": "Order shipped",
         *       "body": "Hello {{name}}, your order {{order}} is on its way.",
         *       "variables": [
         *         "name",
         *         "order"
         *       ],
         *       "media": null,
         *       "createdAt": "2026-11-22T08:00:00.000Z",
         *       "updatedAt": "2026-11-22T08:00:00.000Z"
         *     }
         */
        Template: {
            body: string;
            /** Format: date-time */
            createdAt: string;
            /** @example tpl_01JD3Z8QK6W7P9V2M4N5X0T1RB */
            id: string;
            /** @description a file, of which the body is the caption */
            media: components["schemas"]["TemplateMedia"] | null;
            name: string;
            /** Format: date-time */
            updatedAt: string;
            /** @description the names in {{double braces}} in the body, in their order */
            variables: string[];
        };
        TemplateMedia: {
            filename: string | null;
            mediaId: string | null;
            /** @enum {string} */
            type: "image" | "video" | "document";
            url: string | null;
        };
        /**
         * @example {
         *       "name": "Summer sale"
         *     }
         */
        UpdateCampaign: {
            /**
             * @description Contacts by id, or all that have one of some tags; recipients with variables of their own; or an uploaded CSV in UTF-8 with a column phone or phoneNumber, whose other columns are variables (a column optedOut keeps people back). At most 5000 in a list, 100000 in all. Who it is and what they get is settled when the campaign starts, of which /preview tells; people who opt out later are skipped all the same.
             * @example {
             *       "tags": [
             *         "vip"
             *       ]
             *     }
             */
            audience?: {
                contactIds: string[];
            } | {
                tags: string[];
            } | {
                recipients: {
                    to: string;
                    /**
                     * @description A value for each variable of the template.
                     * @example {
                     *       "name": "Ana",
                     *       "order": "A-1001"
                     *     }
                     */
                    variables?: {
                        [key: string]: string | number;
                    };
                }[];
            } | {
                /** @example med_01JD3Z8QK6W7P9V2M4N5X0T1RB */
                mediaId: string;
            };
            /**
             * @description A file for everybody. An upload must still be kept when the campaign is sent.
             * @example {
             *       "type": "image",
             *       "url": "https://example.com/sale.jpg",
             *       "caption": "Hello {{name}}"
             *     }
             */
            media?: {
                /** @description {{name}} is filled in. */
                caption?: string;
                /** @example invoice.pdf */
                filename?: string;
                /** @enum {string} */
                type: "image" | "video" | "audio" | "voice" | "document" | "sticker";
                /**
                 * @description An https:// URL on the public internet, of a file of up to 100 MB.
                 * @example https://example.com/invoice.pdf
                 */
                url: string;
            } | {
                /** Format: base64 */
                base64: string;
                /** @description {{name}} is filled in. */
                caption?: string;
                /** @example invoice.pdf */
                filename?: string;
                /** @example image/jpeg */
                mimetype: string;
                /** @enum {string} */
                type: "image" | "video" | "audio" | "voice" | "document" | "sticker";
            } | {
                /** @description {{name}} is filled in. */
                caption?: string;
                /** @example invoice.pdf */
                filename?: string;
                /** @example med_01JD3Z8QK6W7P9V2M4N5X0T1RB */
                mediaId: string;
                /** @enum {string} */
                type: "image" | "video" | "audio" | "voice" | "document" | "sticker";
            };
            /**
             * @description Your own JSON object, echoed untouched; at most 4 KB.
             * @example {
             *       "orderId": "A-1001"
             *     }
             */
            metadata?: {
                [key: string]: unknown;
            };
            name?: string;
            pace?: components["schemas"]["CampaignPace"];
            quietHours?: components["schemas"]["QuietHours"] | null;
            scheduledAt?: string | null;
            /** @example ses_01JD3Z8QK6W7P9V2M4N5X0T1RB */
            sessionId?: string;
            /** @description Instead of a text: a template, and values for those who have none of their own. */
            template?: {
                /** @example tpl_01JD3Z8QK6W7P9V2M4N5X0T1RB */
                id: string;
                /**
                 * @description A value for each variable of the template.
                 * @example {
                 *       "name": "Ana",
                 *       "order": "A-1001"
                 *     }
                 */
                variables?: {
                    [key: string]: string | number;
                };
            };
            /** @description {{name}} takes the recipient's variable of that name, or the field of the contact: name, phone, email or one of its custom fields. Who has none is skipped. */
            text?: string;
        };
        Upload: {
            /**
             * Format: date-time
             * @description When the address stops working.
             */
            expiresAt: string;
            /**
             * @description What `mediaId` of a message, a template or an import is to be.
             * @example med_01JD3Z8QK6W7P9V2M4N5X0T1RB
             */
            id: string;
            /**
             * Format: uri
             * @description Takes the file by one PUT, without an API key.
             */
            uploadUrl: string;
        };
        /**
         * @example {
         *       "plan": "pro",
         *       "rateLimit": 1000,
         *       "sessions": {
         *         "used": 3,
         *         "limit": 50
         *       },
         *       "month": {
         *         "requests": 18230,
         *         "messages": {
         *           "sent": 9120,
         *           "delivered": 9004,
         *           "failed": 12,
         *           "received": 4411
         *         },
         *         "webhookDeliveries": 31876
         *       }
         *     }
         */
        Usage: {
            month: {
                messages: {
                    delivered: number;
                    failed: number;
                    received: number;
                    /** @description WhatsApp has them */
                    sent: number;
                };
                /** @description every request with a valid key */
                requests: number;
                /** @description that an endpoint took */
                webhookDeliveries: number;
            };
            plan: components["schemas"]["Plan"];
            /** @description requests a UTC clock minute, all keys together */
            rateLimit: number;
            sessions: {
                /** @description null for any number */
                limit: number | null;
                used: number;
            };
        };
        /** @enum {string} */
        WaitReason: "quiet_hours" | "first_contacts" | "session_not_connected" | "session_restricted";
        /**
         * @example {
         *       "id": "whk_01JD3Z8QK6W7P9V2M4N5X0T1RB",
         *       "url": "https://example.com/hooks/whatsapp",
         *       "events": [
         *         "message.*"
         *       ],
         *       "sessionIds": null,
         *       "description": null,
         *       "enabled": true,
         *       "status": "enabled",
         *       "failingSince": null,
         *       "disabledReason": null,
         *       "createdAt": "2026-11-22T08:00:00.000Z",
         *       "updatedAt": "2026-11-22T08:00:02.512Z"
         *     }
         */
        Webhook: {
            /** Format: date-time */
            createdAt: string;
            description: string | null;
            disabledReason: components["schemas"]["WebhookDisabledReason"] | null;
            enabled: boolean;
            events: components["schemas"]["EventPattern"][];
            /** @default null */
            failingSince: string | null;
            /** @example whk_01JD3Z8QK6W7P9V2M4N5X0T1RB */
            id: string;
            sessionIds: string[] | null;
            status: components["schemas"]["WebhookStatus"];
            /** Format: date-time */
            updatedAt: string;
            url: string;
        };
        /** @enum {string} */
        WebhookAttemptError: "status" | "redirect" | "timeout" | "address_refused" | "url_refused" | "dns_failed" | "tls_failed" | "connection_failed";
        /**
         * @example {
         *       "id": "dlv_01JD3Z8QK6W7P9V2M4N5X0T1RB",
         *       "eventId": "evt_01JD3Z8QK6W7P9V2M4N5X0T1RB",
         *       "eventType": "message.delivered",
         *       "status": "delivered",
         *       "attempts": [
         *         {
         *           "at": "2026-11-22T08:00:02.512Z",
         *           "statusCode": 200,
         *           "latencyMs": 84,
         *           "error": null,
         *           "responseExcerpt": "ok"
         *         }
         *       ],
         *       "nextAttemptAt": null
         *     }
         */
        WebhookDelivery: {
            attempts: {
                /** Format: date-time */
                at: string;
                error: components["schemas"]["WebhookAttemptError"] | null;
                latencyMs: number;
                responseExcerpt: string | null;
                statusCode: number | null;
            }[];
            /** @example evt_01JD3Z8QK6W7P9V2M4N5X0T1RB */
            eventId: string;
            eventType: components["schemas"]["EventType"];
            /** @example dlv_01JD3Z8QK6W7P9V2M4N5X0T1RB */
            id: string;
            nextAttemptAt: string | null;
            status: components["schemas"]["WebhookDeliveryStatus"];
        };
        /** @enum {string} */
        WebhookDeliveryStatus: "pending" | "delivered" | "failed";
        /** @enum {string} */
        WebhookDisabledReason: "requested" | "gone" | "failing";
        /** @enum {string} */
        WebhookStatus: "enabled" | "failing" | "disabled";
        /**
         * @example {
         *       "id": "whk_01JD3Z8QK6W7P9V2M4N5X0T1RB",
         *       "url": "https://example.com/hooks/whatsapp",
         *       "events": [
         *         "message.*"
         *       ],
         *       "sessionIds": null,
         *       "description": null,
         *       "enabled": true,
         *       "status": "enabled",
         *       "failingSince": null,
         *       "disabledReason": null,
         *       "createdAt": "2026-11-22T08:00:00.000Z",
         *       "updatedAt": "2026-11-22T08:00:02.512Z",
         *       "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
         *     }
         */
        WebhookWithSecret: {
            /** Format: date-time */
            createdAt: string;
            description: string | null;
            disabledReason: components["schemas"]["WebhookDisabledReason"] | null;
            enabled: boolean;
            events: components["schemas"]["EventPattern"][];
            /** @default null */
            failingSince: string | null;
            /** @example whk_01JD3Z8QK6W7P9V2M4N5X0T1RB */
            id: string;
            /** @description Signs by Standard Webhooks. Shown here and now alone: keep it. */
            secret: string;
            sessionIds: string[] | null;
            status: components["schemas"]["WebhookStatus"];
            /** Format: date-time */
            updatedAt: string;
            url: string;
        };
    };
    responses: {
        /** @description Content Too Large: `body_too_large` */
        BodyTooLarge: {
            headers: {
                "X-API-Version": components["headers"]["X-API-Version"];
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "body_too_large";
                    /** @constant */
                    status?: 413;
                };
            };
        };
        /** @description Conflict: `idempotency_in_progress` */
        IdempotencyInProgress: {
            headers: {
                "X-API-Version": components["headers"]["X-API-Version"];
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "idempotency_in_progress";
                    /** @constant */
                    status?: 409;
                };
            };
        };
        /** @description Conflict: `idempotency_in_progress` or `invalid_transition` */
        IdempotencyInProgressOrInvalidTransition: {
            headers: {
                "X-API-Version": components["headers"]["X-API-Version"];
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "idempotency_in_progress" | "invalid_transition";
                    /** @constant */
                    status?: 409;
                };
            };
        };
        /** @description Conflict: `idempotency_in_progress` or `invalid_transition` or `media_not_ready` or `session_not_connected` */
        IdempotencyInProgressOrInvalidTransitionOrMediaNotReadyOrSessionNotConnected: {
            headers: {
                "X-API-Version": components["headers"]["X-API-Version"];
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "idempotency_in_progress" | "invalid_transition" | "media_not_ready" | "session_not_connected";
                    /** @constant */
                    status?: 409;
                };
            };
        };
        /** @description Conflict: `idempotency_in_progress` or `invalid_transition` or `session_not_connected` */
        IdempotencyInProgressOrInvalidTransitionOrSessionNotConnected: {
            headers: {
                "X-API-Version": components["headers"]["X-API-Version"];
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "idempotency_in_progress" | "invalid_transition" | "session_not_connected";
                    /** @constant */
                    status?: 409;
                };
            };
        };
        /** @description Conflict: `idempotency_in_progress` or `media_not_ready` */
        IdempotencyInProgressOrMediaNotReady: {
            headers: {
                "X-API-Version": components["headers"]["X-API-Version"];
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "idempotency_in_progress" | "media_not_ready";
                    /** @constant */
                    status?: 409;
                };
            };
        };
        /** @description Conflict: `idempotency_in_progress` or `media_not_ready` or `session_not_connected` */
        IdempotencyInProgressOrMediaNotReadyOrSessionNotConnected: {
            headers: {
                "X-API-Version": components["headers"]["X-API-Version"];
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "idempotency_in_progress" | "media_not_ready" | "session_not_connected";
                    /** @constant */
                    status?: 409;
                };
            };
        };
        /** @description Conflict: `idempotency_in_progress` or `session_not_connected` */
        IdempotencyInProgressOrSessionNotConnected: {
            headers: {
                "X-API-Version": components["headers"]["X-API-Version"];
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "idempotency_in_progress" | "session_not_connected";
                    /** @constant */
                    status?: 409;
                };
            };
        };
        /** @description Unprocessable Content: `idempotency_key_reused` */
        IdempotencyKeyReused: {
            headers: {
                "X-API-Version": components["headers"]["X-API-Version"];
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "idempotency_key_reused";
                    /** @constant */
                    status?: 422;
                };
            };
        };
        /** @description Unprocessable Content: `idempotency_key_reused` or `opted_out` */
        IdempotencyKeyReusedOrOptedOut: {
            headers: {
                "X-API-Version": components["headers"]["X-API-Version"];
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "idempotency_key_reused" | "opted_out";
                    /** @constant */
                    status?: 422;
                };
            };
        };
        /** @description Unprocessable Content: `idempotency_key_reused` or `passkey_invalid` */
        IdempotencyKeyReusedOrPasskeyInvalid: {
            headers: {
                "X-API-Version": components["headers"]["X-API-Version"];
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "idempotency_key_reused" | "passkey_invalid";
                    /** @constant */
                    status?: 422;
                };
            };
        };
        /** @description Internal Server Error: `internal_error` */
        InternalError: {
            headers: {
                "X-API-Version": components["headers"]["X-API-Version"];
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "internal_error";
                    /** @constant */
                    status?: 500;
                };
            };
        };
        /** @description Conflict: `invalid_transition` */
        InvalidTransition: {
            headers: {
                "X-API-Version": components["headers"]["X-API-Version"];
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "invalid_transition";
                    /** @constant */
                    status?: 409;
                };
            };
        };
        /** @description Conflict: `invalid_transition` or `media_not_ready` */
        InvalidTransitionOrMediaNotReady: {
            headers: {
                "X-API-Version": components["headers"]["X-API-Version"];
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "invalid_transition" | "media_not_ready";
                    /** @constant */
                    status?: 409;
                };
            };
        };
        /** @description Conflict: `invalid_transition` or `session_not_connected` */
        InvalidTransitionOrSessionNotConnected: {
            headers: {
                "X-API-Version": components["headers"]["X-API-Version"];
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "invalid_transition" | "session_not_connected";
                    /** @constant */
                    status?: 409;
                };
            };
        };
        /** @description Conflict: `media_not_ready` */
        MediaNotReady: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "X-API-Version": components["headers"]["X-API-Version"];
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "media_not_ready";
                    /** @constant */
                    status?: 409;
                };
            };
        };
        /** @description Not Found: `not_found` */
        NotFound: {
            headers: {
                "X-API-Version": components["headers"]["X-API-Version"];
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "not_found";
                    /** @constant */
                    status?: 404;
                };
            };
        };
        /** @description Payment Required: `quota_exceeded` */
        QuotaExceeded: {
            headers: {
                "X-API-Version": components["headers"]["X-API-Version"];
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "quota_exceeded";
                    /** @constant */
                    status?: 402;
                };
            };
        };
        /** @description Too Many Requests: `rate_limited` */
        RateLimited: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "X-API-Version": components["headers"]["X-API-Version"];
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "rate_limited";
                    /** @constant */
                    status?: 429;
                };
            };
        };
        /** @description Unauthorized: `unauthorized` */
        Unauthorized: {
            headers: {
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                "X-API-Version": components["headers"]["X-API-Version"];
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "unauthorized";
                    /** @constant */
                    status?: 401;
                };
            };
        };
        /** @description Service Unavailable: `unavailable` */
        Unavailable: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "X-API-Version": components["headers"]["X-API-Version"];
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "unavailable";
                    /** @constant */
                    status?: 503;
                };
            };
        };
        /** @description Unsupported Media Type: `unsupported_media_type` */
        UnsupportedMediaType: {
            headers: {
                "X-API-Version": components["headers"]["X-API-Version"];
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "unsupported_media_type";
                    /** @constant */
                    status?: 415;
                };
            };
        };
        /** @description Bad Request: `validation_failed` */
        ValidationFailed: {
            headers: {
                "X-API-Version": components["headers"]["X-API-Version"];
                "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"] & {
                    /** @enum {unknown} */
                    code?: "validation_failed";
                    /** @constant */
                    status?: 400;
                };
            };
        };
    };
    parameters: {
        /** @description Pins the version of the API; a version there is not is a 400. */
        ApiVersion: "2026-11-01";
        /** @description Makes the request run once: the same key with the same body is answered with the first answer again, for 24 hours, per tenant and route. */
        IdempotencyKey: string;
    };
    requestBodies: never;
    headers: {
        /** @description `true` on the first answer given again under its Idempotency-Key. */
        "Idempotent-Replayed": "true";
        /** @description Where it is. */
        Location: string;
        /** @description Seconds to wait before asking again. */
        "Retry-After": number;
        /** @description `Bearer` */
        "WWW-Authenticate": string;
        /** @description The version of the API that answered. */
        "X-API-Version": string;
        /** @description Requests a UTC clock minute, all keys of the tenant together; 0 where no tenant is known. */
        "X-RateLimit-Limit": number;
        /** @description How many of them are left. */
        "X-RateLimit-Remaining": number;
        /** @description When the next minute begins, in Unix seconds. */
        "X-RateLimit-Reset": number;
        /** @description Names this request in our logs. */
        "X-Request-Id": string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listCampaigns: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: {
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "id": "cmp_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *           "name": "Spring sale",
                     *           "sessionId": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *           "text": "Hello {{name}}, our sale begins today.",
                     *           "template": null,
                     *           "media": null,
                     *           "audience": {
                     *             "tags": [
                     *               "vip"
                     *             ]
                     *           },
                     *           "pace": {
                     *             "messagesPerMinute": 10,
                     *             "jitter": 0.5
                     *           },
                     *           "quietHours": {
                     *             "start": "21:00",
                     *             "end": "08:00",
                     *             "timeZone": "America/Sao_Paulo"
                     *           },
                     *           "scheduledAt": null,
                     *           "metadata": {},
                     *           "status": "running",
                     *           "pausedReason": null,
                     *           "waiting": null,
                     *           "stats": {
                     *             "total": 100,
                     *             "pending": 78,
                     *             "queued": 1,
                     *             "sent": 2,
                     *             "delivered": 8,
                     *             "read": 9,
                     *             "failed": 1,
                     *             "skipped": 1
                     *           },
                     *           "replied": 3,
                     *           "createdAt": "2026-11-22T08:00:00.000Z",
                     *           "updatedAt": "2026-11-22T09:00:00.000Z",
                     *           "startedAt": "2026-11-22T09:00:00.000Z",
                     *           "finishedAt": null
                     *         }
                     *       ],
                     *       "nextCursor": "text"
                     *     }
                     */
                    "application/json": {
                        data: components["schemas"]["Campaign"][];
                        nextCursor: string | null;
                    };
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    createCampaign: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request run once: the same key with the same body is answered with the first answer again, for 24 hours, per tenant and route. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Spring sale",
                 *       "sessionId": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                 *       "text": "Hello {{name}}, our sale begins today.",
                 *       "audience": {
                 *         "recipients": [
                 *           {
                 *             "to": "+5511999999999",
                 *             "variables": {
                 *               "name": "Ana"
                 *             }
                 *           }
                 *         ]
                 *       },
                 *       "pace": {
                 *         "messagesPerMinute": 10,
                 *         "jitter": 0.5
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["CreateCampaign"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "cmp_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "name": "Spring sale",
                     *       "sessionId": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "text": "Hello {{name}}, our sale begins today.",
                     *       "template": null,
                     *       "media": null,
                     *       "audience": {
                     *         "tags": [
                     *           "vip"
                     *         ]
                     *       },
                     *       "pace": {
                     *         "messagesPerMinute": 10,
                     *         "jitter": 0.5
                     *       },
                     *       "quietHours": {
                     *         "start": "21:00",
                     *         "end": "08:00",
                     *         "timeZone": "America/Sao_Paulo"
                     *       },
                     *       "scheduledAt": null,
                     *       "metadata": {},
                     *       "status": "running",
                     *       "pausedReason": null,
                     *       "waiting": null,
                     *       "stats": {
                     *         "total": 100,
                     *         "pending": 78,
                     *         "queued": 1,
                     *         "sent": 2,
                     *         "delivered": 8,
                     *         "read": 9,
                     *         "failed": 1,
                     *         "skipped": 1
                     *       },
                     *       "replied": 3,
                     *       "createdAt": "2026-11-22T08:00:00.000Z",
                     *       "updatedAt": "2026-11-22T09:00:00.000Z",
                     *       "startedAt": "2026-11-22T09:00:00.000Z",
                     *       "finishedAt": null
                     *     }
                     */
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["IdempotencyInProgressOrMediaNotReady"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getCampaign: {
        parameters: {
            query?: never;
            header?: {
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path: {
                campaignId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "cmp_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "name": "Spring sale",
                     *       "sessionId": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "text": "Hello {{name}}, our sale begins today.",
                     *       "template": null,
                     *       "media": null,
                     *       "audience": {
                     *         "tags": [
                     *           "vip"
                     *         ]
                     *       },
                     *       "pace": {
                     *         "messagesPerMinute": 10,
                     *         "jitter": 0.5
                     *       },
                     *       "quietHours": {
                     *         "start": "21:00",
                     *         "end": "08:00",
                     *         "timeZone": "America/Sao_Paulo"
                     *       },
                     *       "scheduledAt": null,
                     *       "metadata": {},
                     *       "status": "running",
                     *       "pausedReason": null,
                     *       "waiting": null,
                     *       "stats": {
                     *         "total": 100,
                     *         "pending": 78,
                     *         "queued": 1,
                     *         "sent": 2,
                     *         "delivered": 8,
                     *         "read": 9,
                     *         "failed": 1,
                     *         "skipped": 1
                     *       },
                     *       "replied": 3,
                     *       "createdAt": "2026-11-22T08:00:00.000Z",
                     *       "updatedAt": "2026-11-22T09:00:00.000Z",
                     *       "startedAt": "2026-11-22T09:00:00.000Z",
                     *       "finishedAt": null
                     *     }
                     */
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    deleteCampaign: {
        parameters: {
            query?: never;
            header?: {
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path: {
                campaignId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing more to say */
            204: {
                headers: {
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["InvalidTransition"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    updateCampaign: {
        parameters: {
            query?: never;
            header?: {
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path: {
                campaignId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Summer sale"
                 *     }
                 */
                "application/json": components["schemas"]["UpdateCampaign"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "cmp_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "name": "Spring sale",
                     *       "sessionId": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "text": "Hello {{name}}, our sale begins today.",
                     *       "template": null,
                     *       "media": null,
                     *       "audience": {
                     *         "tags": [
                     *           "vip"
                     *         ]
                     *       },
                     *       "pace": {
                     *         "messagesPerMinute": 10,
                     *         "jitter": 0.5
                     *       },
                     *       "quietHours": {
                     *         "start": "21:00",
                     *         "end": "08:00",
                     *         "timeZone": "America/Sao_Paulo"
                     *       },
                     *       "scheduledAt": null,
                     *       "metadata": {},
                     *       "status": "running",
                     *       "pausedReason": null,
                     *       "waiting": null,
                     *       "stats": {
                     *         "total": 100,
                     *         "pending": 78,
                     *         "queued": 1,
                     *         "sent": 2,
                     *         "delivered": 8,
                     *         "read": 9,
                     *         "failed": 1,
                     *         "skipped": 1
                     *       },
                     *       "replied": 3,
                     *       "createdAt": "2026-11-22T08:00:00.000Z",
                     *       "updatedAt": "2026-11-22T09:00:00.000Z",
                     *       "startedAt": "2026-11-22T09:00:00.000Z",
                     *       "finishedAt": null
                     *     }
                     */
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["InvalidTransitionOrMediaNotReady"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    cancelCampaign: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request run once: the same key with the same body is answered with the first answer again, for 24 hours, per tenant and route. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path: {
                campaignId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted: it is stored, and happens in the background */
            202: {
                headers: {
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "cmp_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "name": "Spring sale",
                     *       "sessionId": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "text": "Hello {{name}}, our sale begins today.",
                     *       "template": null,
                     *       "media": null,
                     *       "audience": {
                     *         "tags": [
                     *           "vip"
                     *         ]
                     *       },
                     *       "pace": {
                     *         "messagesPerMinute": 10,
                     *         "jitter": 0.5
                     *       },
                     *       "quietHours": {
                     *         "start": "21:00",
                     *         "end": "08:00",
                     *         "timeZone": "America/Sao_Paulo"
                     *       },
                     *       "scheduledAt": null,
                     *       "metadata": {},
                     *       "status": "running",
                     *       "pausedReason": null,
                     *       "waiting": null,
                     *       "stats": {
                     *         "total": 100,
                     *         "pending": 78,
                     *         "queued": 1,
                     *         "sent": 2,
                     *         "delivered": 8,
                     *         "read": 9,
                     *         "failed": 1,
                     *         "skipped": 1
                     *       },
                     *       "replied": 3,
                     *       "createdAt": "2026-11-22T08:00:00.000Z",
                     *       "updatedAt": "2026-11-22T09:00:00.000Z",
                     *       "startedAt": "2026-11-22T09:00:00.000Z",
                     *       "finishedAt": null
                     *     }
                     */
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["IdempotencyInProgressOrInvalidTransition"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    pauseCampaign: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request run once: the same key with the same body is answered with the first answer again, for 24 hours, per tenant and route. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path: {
                campaignId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted: it is stored, and happens in the background */
            202: {
                headers: {
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "cmp_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "name": "Spring sale",
                     *       "sessionId": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "text": "Hello {{name}}, our sale begins today.",
                     *       "template": null,
                     *       "media": null,
                     *       "audience": {
                     *         "tags": [
                     *           "vip"
                     *         ]
                     *       },
                     *       "pace": {
                     *         "messagesPerMinute": 10,
                     *         "jitter": 0.5
                     *       },
                     *       "quietHours": {
                     *         "start": "21:00",
                     *         "end": "08:00",
                     *         "timeZone": "America/Sao_Paulo"
                     *       },
                     *       "scheduledAt": null,
                     *       "metadata": {},
                     *       "status": "running",
                     *       "pausedReason": null,
                     *       "waiting": null,
                     *       "stats": {
                     *         "total": 100,
                     *         "pending": 78,
                     *         "queued": 1,
                     *         "sent": 2,
                     *         "delivered": 8,
                     *         "read": 9,
                     *         "failed": 1,
                     *         "skipped": 1
                     *       },
                     *       "replied": 3,
                     *       "createdAt": "2026-11-22T08:00:00.000Z",
                     *       "updatedAt": "2026-11-22T09:00:00.000Z",
                     *       "startedAt": "2026-11-22T09:00:00.000Z",
                     *       "finishedAt": null
                     *     }
                     */
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["IdempotencyInProgressOrInvalidTransition"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    previewCampaign: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request run once: the same key with the same body is answered with the first answer again, for 24 hours, per tenant and route. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path: {
                campaignId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "total": 120,
                     *       "skipped": [
                     *         {
                     *           "reason": "opted_out",
                     *           "count": 2
                     *         }
                     *       ],
                     *       "estimatedDurationSeconds": 354,
                     *       "samples": [
                     *         {
                     *           "to": "+5511999999999",
                     *           "contactId": null,
                     *           "text": "Hello Ana, our sale begins today."
                     *         },
                     *         {
                     *           "to": "+5511988888888",
                     *           "contactId": null,
                     *           "text": "Hello Rui, our sale begins today."
                     *         },
                     *         {
                     *           "to": "+5511977777777",
                     *           "contactId": null,
                     *           "text": "Hello Eva, our sale begins today."
                     *         }
                     *       ],
                     *       "complete": true
                     *     }
                     */
                    "application/json": components["schemas"]["CampaignPreview"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["IdempotencyInProgressOrMediaNotReady"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listCampaignRecipients: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
                status?: components["schemas"]["RecipientStatus"];
            };
            header?: {
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path: {
                campaignId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "to": "text",
                     *           "contactId": "con_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *           "status": "pending",
                     *           "messageId": "msg_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *           "reason": "opted_out",
                     *           "error": {
                     *             "code": "not_on_whatsapp",
                     *             "message": "text",
                     *             "detail": "text"
                     *           },
                     *           "sentAt": "2026-11-22T08:00:00.000Z",
                     *           "repliedAt": "2026-11-22T08:00:00.000Z"
                     *         }
                     *       ],
                     *       "nextCursor": "text"
                     *     }
                     */
                    "application/json": {
                        data: components["schemas"]["CampaignRecipient"][];
                        nextCursor: string | null;
                    };
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    resumeCampaign: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request run once: the same key with the same body is answered with the first answer again, for 24 hours, per tenant and route. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path: {
                campaignId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted: it is stored, and happens in the background */
            202: {
                headers: {
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "cmp_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "name": "Spring sale",
                     *       "sessionId": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "text": "Hello {{name}}, our sale begins today.",
                     *       "template": null,
                     *       "media": null,
                     *       "audience": {
                     *         "tags": [
                     *           "vip"
                     *         ]
                     *       },
                     *       "pace": {
                     *         "messagesPerMinute": 10,
                     *         "jitter": 0.5
                     *       },
                     *       "quietHours": {
                     *         "start": "21:00",
                     *         "end": "08:00",
                     *         "timeZone": "America/Sao_Paulo"
                     *       },
                     *       "scheduledAt": null,
                     *       "metadata": {},
                     *       "status": "running",
                     *       "pausedReason": null,
                     *       "waiting": null,
                     *       "stats": {
                     *         "total": 100,
                     *         "pending": 78,
                     *         "queued": 1,
                     *         "sent": 2,
                     *         "delivered": 8,
                     *         "read": 9,
                     *         "failed": 1,
                     *         "skipped": 1
                     *       },
                     *       "replied": 3,
                     *       "createdAt": "2026-11-22T08:00:00.000Z",
                     *       "updatedAt": "2026-11-22T09:00:00.000Z",
                     *       "startedAt": "2026-11-22T09:00:00.000Z",
                     *       "finishedAt": null
                     *     }
                     */
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["IdempotencyInProgressOrInvalidTransitionOrSessionNotConnected"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    startCampaign: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request run once: the same key with the same body is answered with the first answer again, for 24 hours, per tenant and route. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path: {
                campaignId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted: it is stored, and happens in the background */
            202: {
                headers: {
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "cmp_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "name": "Spring sale",
                     *       "sessionId": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "text": "Hello {{name}}, our sale begins today.",
                     *       "template": null,
                     *       "media": null,
                     *       "audience": {
                     *         "tags": [
                     *           "vip"
                     *         ]
                     *       },
                     *       "pace": {
                     *         "messagesPerMinute": 10,
                     *         "jitter": 0.5
                     *       },
                     *       "quietHours": {
                     *         "start": "21:00",
                     *         "end": "08:00",
                     *         "timeZone": "America/Sao_Paulo"
                     *       },
                     *       "scheduledAt": null,
                     *       "metadata": {},
                     *       "status": "running",
                     *       "pausedReason": null,
                     *       "waiting": null,
                     *       "stats": {
                     *         "total": 100,
                     *         "pending": 78,
                     *         "queued": 1,
                     *         "sent": 2,
                     *         "delivered": 8,
                     *         "read": 9,
                     *         "failed": 1,
                     *         "skipped": 1
                     *       },
                     *       "replied": 3,
                     *       "createdAt": "2026-11-22T08:00:00.000Z",
                     *       "updatedAt": "2026-11-22T09:00:00.000Z",
                     *       "startedAt": "2026-11-22T09:00:00.000Z",
                     *       "finishedAt": null
                     *     }
                     */
                    "application/json": components["schemas"]["Campaign"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["IdempotencyInProgressOrInvalidTransitionOrMediaNotReadyOrSessionNotConnected"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listChats: {
        parameters: {
            query: {
                cursor?: string;
                limit?: number;
                sessionId: string;
            };
            header?: {
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "id": "text",
                     *           "name": "text",
                     *           "phone": "text",
                     *           "lid": "text",
                     *           "isGroup": true,
                     *           "unreadCount": 0,
                     *           "lastMessage": {
                     *             "id": "msg_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *             "sessionId": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *             "chatId": "5511999999999@s.whatsapp.net",
                     *             "direction": "outbound",
                     *             "source": "api",
                     *             "type": "text",
                     *             "text": "Hello from WASaaS",
                     *             "media": null,
                     *             "location": null,
                     *             "contacts": null,
                     *             "poll": null,
                     *             "event": null,
                     *             "choice": null,
                     *             "referral": null,
                     *             "status": "delivered",
                     *             "error": null,
                     *             "campaignId": null,
                     *             "quotedMessageId": null,
                     *             "mentions": [],
                     *             "from": {
                     *               "id": "5511888888888@s.whatsapp.net",
                     *               "phone": "+5511888888888",
                     *               "lid": null,
                     *               "name": "Acme"
                     *             },
                     *             "to": {
                     *               "id": "5511999999999@s.whatsapp.net",
                     *               "phone": "+5511999999999",
                     *               "lid": null,
                     *               "name": "Ana"
                     *             },
                     *             "priority": "normal",
                     *             "waMessageId": "3EB0A1B2C3D4E5F6071829",
                     *             "metadata": {
                     *               "orderId": "A-1001"
                     *             },
                     *             "reactions": [
                     *               {
                     *                 "emoji": "👍",
                     *                 "from": {
                     *                   "id": "5511999999999@s.whatsapp.net",
                     *                   "phone": "+5511999999999",
                     *                   "lid": null,
                     *                   "name": "Ana"
                     *                 },
                     *                 "at": "2026-11-22T08:00:02.512Z"
                     *               }
                     *             ],
                     *             "editedAt": null,
                     *             "deletedAt": null,
                     *             "changeError": null,
                     *             "createdAt": "2026-11-22T08:00:00.000Z",
                     *             "updatedAt": "2026-11-22T08:00:02.512Z"
                     *           },
                     *           "updatedAt": "2026-11-22T08:00:00.000Z"
                     *         }
                     *       ],
                     *       "nextCursor": "text"
                     *     }
                     */
                    "application/json": {
                        data: components["schemas"]["Chat"][];
                        nextCursor: string | null;
                    };
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listContacts: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
                /** @description The start of the name, whatever its case and accents, or of the number. */
                search?: string;
                tag?: string;
            };
            header?: {
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "id": "con_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *           "phoneNumber": "+5511999999999",
                     *           "name": "text",
                     *           "email": "text",
                     *           "tags": [
                     *             "text"
                     *           ],
                     *           "customFields": {},
                     *           "optedOut": true,
                     *           "optedOutAt": "2026-11-22T08:00:00.000Z",
                     *           "createdAt": "2026-11-22T08:00:00.000Z",
                     *           "updatedAt": "2026-11-22T08:00:00.000Z"
                     *         }
                     *       ],
                     *       "nextCursor": "text"
                     *     }
                     */
                    "application/json": {
                        data: components["schemas"]["Contact"][];
                        nextCursor: string | null;
                    };
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    saveContacts: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request run once: the same key with the same body is answered with the first answer again, for 24 hours, per tenant and route. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "phoneNumber": "+5511999999999",
                 *       "name": "Ana Souza",
                 *       "tags": [
                 *         "vip"
                 *       ],
                 *       "customFields": {
                 *         "city": "São Paulo"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["NewContact"] | components["schemas"]["ContactList"];
                "text/csv": string;
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "con_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "phoneNumber": "+5511999999999",
                     *       "name": "text",
                     *       "email": "text",
                     *       "tags": [
                     *         "text"
                     *       ],
                     *       "customFields": {},
                     *       "optedOut": true,
                     *       "optedOutAt": "2026-11-22T08:00:00.000Z",
                     *       "createdAt": "2026-11-22T08:00:00.000Z",
                     *       "updatedAt": "2026-11-22T08:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Contact"] | components["schemas"]["SavedContacts"];
                };
            };
            /** @description Created */
            201: {
                headers: {
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "con_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "phoneNumber": "+5511999999999",
                     *       "name": "text",
                     *       "email": "text",
                     *       "tags": [
                     *         "text"
                     *       ],
                     *       "customFields": {},
                     *       "optedOut": true,
                     *       "optedOutAt": "2026-11-22T08:00:00.000Z",
                     *       "createdAt": "2026-11-22T08:00:00.000Z",
                     *       "updatedAt": "2026-11-22T08:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Contact"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            409: components["responses"]["IdempotencyInProgress"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getContact: {
        parameters: {
            query?: never;
            header?: {
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path: {
                contactId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "con_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "phoneNumber": "+5511999999999",
                     *       "name": "text",
                     *       "email": "text",
                     *       "tags": [
                     *         "text"
                     *       ],
                     *       "customFields": {},
                     *       "optedOut": true,
                     *       "optedOutAt": "2026-11-22T08:00:00.000Z",
                     *       "createdAt": "2026-11-22T08:00:00.000Z",
                     *       "updatedAt": "2026-11-22T08:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Contact"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    replaceContact: {
        parameters: {
            query?: never;
            header?: {
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path: {
                contactId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Ana Souza",
                 *       "tags": []
                 *     }
                 */
                "application/json": components["schemas"]["ReplaceContact"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "con_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "phoneNumber": "+5511999999999",
                     *       "name": "text",
                     *       "email": "text",
                     *       "tags": [
                     *         "text"
                     *       ],
                     *       "customFields": {},
                     *       "optedOut": true,
                     *       "optedOutAt": "2026-11-22T08:00:00.000Z",
                     *       "createdAt": "2026-11-22T08:00:00.000Z",
                     *       "updatedAt": "2026-11-22T08:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Contact"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    deleteContact: {
        parameters: {
            query?: never;
            header?: {
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path: {
                contactId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing more to say */
            204: {
                headers: {
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    updateContact: {
        parameters: {
            query?: never;
            header?: {
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path: {
                contactId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "tags": [
                 *         "vip"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["PatchContact"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "con_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "phoneNumber": "+5511999999999",
                     *       "name": "text",
                     *       "email": "text",
                     *       "tags": [
                     *         "text"
                     *       ],
                     *       "customFields": {},
                     *       "optedOut": true,
                     *       "optedOutAt": "2026-11-22T08:00:00.000Z",
                     *       "createdAt": "2026-11-22T08:00:00.000Z",
                     *       "updatedAt": "2026-11-22T08:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Contact"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    startContactImport: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request run once: the same key with the same body is answered with the first answer again, for 24 hours, per tenant and route. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "mediaId": "med_01JD3Z8QK6W7P9V2M4N5X0T1RB"
                 *     }
                 */
                "application/json": components["schemas"]["StartContactImport"];
            };
        };
        responses: {
            /** @description Accepted: it is stored, and happens in the background */
            202: {
                headers: {
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "imp_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "mediaId": "med_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "status": "running",
                     *       "total": 0,
                     *       "processed": 0,
                     *       "created": 0,
                     *       "updated": 0,
                     *       "failedCount": 0,
                     *       "error": {
                     *         "code": "validation_failed",
                     *         "message": "text"
                     *       },
                     *       "createdAt": "2026-11-22T08:00:00.000Z",
                     *       "finishedAt": "2026-11-22T08:00:00.000Z",
                     *       "errorsUrl": "https://example.com/"
                     *     }
                     */
                    "application/json": components["schemas"]["ContactImport"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["IdempotencyInProgressOrMediaNotReady"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getContactImport: {
        parameters: {
            query?: never;
            header?: {
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path: {
                importId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "imp_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "mediaId": "med_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "status": "running",
                     *       "total": 0,
                     *       "processed": 0,
                     *       "created": 0,
                     *       "updated": 0,
                     *       "failedCount": 0,
                     *       "error": {
                     *         "code": "validation_failed",
                     *         "message": "text"
                     *       },
                     *       "createdAt": "2026-11-22T08:00:00.000Z",
                     *       "finishedAt": "2026-11-22T08:00:00.000Z",
                     *       "errorsUrl": "https://example.com/"
                     *     }
                     */
                    "application/json": components["schemas"]["ContactImport"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listEvents: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
                sessionId?: string;
                type?: components["schemas"]["EventType"];
            };
            header?: {
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "id": "evt_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *           "type": "message.delivered",
                     *           "createdAt": "2026-11-22T08:00:02.512Z",
                     *           "tenantId": "ten_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *           "sessionId": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *           "sequence": 42,
                     *           "metadata": {
                     *             "team": "south"
                     *           },
                     *           "data": {
                     *             "id": "msg_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *             "sessionId": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *             "chatId": "5511999999999@s.whatsapp.net",
                     *             "direction": "outbound",
                     *             "source": "api",
                     *             "type": "text",
                     *             "text": "Hello from WASaaS",
                     *             "media": null,
                     *             "location": null,
                     *             "contacts": null,
                     *             "poll": null,
                     *             "event": null,
                     *             "choice": null,
                     *             "referral": null,
                     *             "status": "delivered",
                     *             "error": null,
                     *             "campaignId": null,
                     *             "quotedMessageId": null,
                     *             "mentions": [],
                     *             "from": {
                     *               "id": "5511888888888@s.whatsapp.net",
                     *               "phone": "+5511888888888",
                     *               "lid": null,
                     *               "name": "Acme"
                     *             },
                     *             "to": {
                     *               "id": "5511999999999@s.whatsapp.net",
                     *               "phone": "+5511999999999",
                     *               "lid": null,
                     *               "name": "Ana"
                     *             },
                     *             "priority": "normal",
                     *             "waMessageId": "3EB0A1B2C3D4E5F6071829",
                     *             "metadata": {
                     *               "orderId": "A-1001"
                     *             },
                     *             "reactions": [
                     *               {
                     *                 "emoji": "👍",
                     *                 "from": {
                     *                   "id": "5511999999999@s.whatsapp.net",
                     *                   "phone": "+5511999999999",
                     *                   "lid": null,
                     *                   "name": "Ana"
                     *                 },
                     *                 "at": "2026-11-22T08:00:02.512Z"
                     *               }
                     *             ],
                     *             "editedAt": null,
                     *             "deletedAt": null,
                     *             "changeError": null,
                     *             "createdAt": "2026-11-22T08:00:00.000Z",
                     *             "updatedAt": "2026-11-22T08:00:02.512Z"
                     *           }
                     *         }
                     *       ],
                     *       "nextCursor": "text"
                     *     }
                     */
                    "application/json": {
                        data: components["schemas"]["Event"][];
                        nextCursor: string | null;
                    };
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getEvent: {
        parameters: {
            query?: never;
            header?: {
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path: {
                eventId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "evt_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "type": "message.delivered",
                     *       "createdAt": "2026-11-22T08:00:02.512Z",
                     *       "tenantId": "ten_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "sessionId": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "sequence": 42,
                     *       "metadata": {
                     *         "team": "south"
                     *       },
                     *       "data": {
                     *         "id": "msg_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *         "sessionId": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *         "chatId": "5511999999999@s.whatsapp.net",
                     *         "direction": "outbound",
                     *         "source": "api",
                     *         "type": "text",
                     *         "text": "Hello from WASaaS",
                     *         "media": null,
                     *         "location": null,
                     *         "contacts": null,
                     *         "poll": null,
                     *         "event": null,
                     *         "choice": null,
                     *         "referral": null,
                     *         "status": "delivered",
                     *         "error": null,
                     *         "campaignId": null,
                     *         "quotedMessageId": null,
                     *         "mentions": [],
                     *         "from": {
                     *           "id": "5511888888888@s.whatsapp.net",
                     *           "phone": "+5511888888888",
                     *           "lid": null,
                     *           "name": "Acme"
                     *         },
                     *         "to": {
                     *           "id": "5511999999999@s.whatsapp.net",
                     *           "phone": "+5511999999999",
                     *           "lid": null,
                     *           "name": "Ana"
                     *         },
                     *         "priority": "normal",
                     *         "waMessageId": "3EB0A1B2C3D4E5F6071829",
                     *         "metadata": {
                     *           "orderId": "A-1001"
                     *         },
                     *         "reactions": [
                     *           {
                     *             "emoji": "👍",
                     *             "from": {
                     *               "id": "5511999999999@s.whatsapp.net",
                     *               "phone": "+5511999999999",
                     *               "lid": null,
                     *               "name": "Ana"
                     *             },
                     *             "at": "2026-11-22T08:00:02.512Z"
                     *           }
                     *         ],
                     *         "editedAt": null,
                     *         "deletedAt": null,
                     *         "changeError": null,
                     *         "createdAt": "2026-11-22T08:00:00.000Z",
                     *         "updatedAt": "2026-11-22T08:00:02.512Z"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Event"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listGroups: {
        parameters: {
            query: {
                cursor?: string;
                limit?: number;
                sessionId: string;
            };
            header?: {
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "id": "text",
                     *           "subject": "text",
                     *           "description": "text",
                     *           "owner": {
                     *             "id": "text",
                     *             "phone": "text",
                     *             "lid": "text",
                     *             "name": "text"
                     *           },
                     *           "onlyAdminsWrite": true,
                     *           "onlyAdminsEdit": true,
                     *           "isMember": true,
                     *           "size": 0,
                     *           "participants": [
                     *             {
                     *               "person": {
                     *                 "id": "text",
                     *                 "phone": "text",
                     *                 "lid": "text",
                     *                 "name": "text"
                     *               },
                     *               "role": "member"
                     *             }
                     *           ],
                     *           "createdAt": "2026-11-22T08:00:00.000Z",
                     *           "updatedAt": "2026-11-22T08:00:00.000Z"
                     *         }
                     *       ],
                     *       "nextCursor": "text"
                     *     }
                     */
                    "application/json": {
                        data: components["schemas"]["Group"][];
                        nextCursor: string | null;
                    };
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getGroup: {
        parameters: {
            query: {
                sessionId: string;
            };
            header?: {
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path: {
                /** @description The group's JID. */
                groupId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "text",
                     *       "subject": "text",
                     *       "description": "text",
                     *       "owner": {
                     *         "id": "text",
                     *         "phone": "text",
                     *         "lid": "text",
                     *         "name": "text"
                     *       },
                     *       "onlyAdminsWrite": true,
                     *       "onlyAdminsEdit": true,
                     *       "isMember": true,
                     *       "size": 0,
                     *       "participants": [
                     *         {
                     *           "person": {
                     *             "id": "text",
                     *             "phone": "text",
                     *             "lid": "text",
                     *             "name": "text"
                     *           },
                     *           "role": "member"
                     *         }
                     *       ],
                     *       "createdAt": "2026-11-22T08:00:00.000Z",
                     *       "updatedAt": "2026-11-22T08:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Group"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listApiKeys: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: {
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "id": "key_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *           "tenantId": "ten_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *           "label": "text",
                     *           "mode": "live",
                     *           "status": "active",
                     *           "createdAt": "2026-11-22T08:00:00.000Z",
                     *           "expiresAt": "2026-11-22T08:00:00.000Z",
                     *           "revokedAt": "2026-11-22T08:00:00.000Z",
                     *           "lastUsedAt": "2026-11-22T08:00:00.000Z"
                     *         }
                     *       ],
                     *       "nextCursor": "text"
                     *     }
                     */
                    "application/json": {
                        data: components["schemas"]["ApiKey"][];
                        nextCursor: string | null;
                    };
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    createApiKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request run once: the same key with the same body is answered with the first answer again, for 24 hours, per tenant and route. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "label": "backend"
                 *     }
                 */
                "application/json": components["schemas"]["CreateApiKey"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "key_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "tenantId": "ten_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "label": "text",
                     *       "mode": "live",
                     *       "status": "active",
                     *       "createdAt": "2026-11-22T08:00:00.000Z",
                     *       "expiresAt": "2026-11-22T08:00:00.000Z",
                     *       "revokedAt": "2026-11-22T08:00:00.000Z",
                     *       "lastUsedAt": "2026-11-22T08:00:00.000Z",
                     *       "key": "text"
                     *     }
                     */
                    "application/json": components["schemas"]["CreatedApiKey"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            409: components["responses"]["IdempotencyInProgress"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    revokeApiKey: {
        parameters: {
            query?: never;
            header?: {
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path: {
                keyId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing more to say */
            204: {
                headers: {
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["InvalidTransition"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    createUpload: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request run once: the same key with the same body is answered with the first answer again, for 24 hours, per tenant and route. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "filename": "invoice.pdf",
                 *       "mimetype": "application/pdf",
                 *       "size": 48213
                 *     }
                 */
                "application/json": components["schemas"]["CreateUpload"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "med_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "uploadUrl": "https://example.com/",
                     *       "expiresAt": "2026-11-22T08:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Upload"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            409: components["responses"]["IdempotencyInProgress"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listMessages: {
        parameters: {
            query: {
                cursor?: string;
                limit?: number;
                sessionId: string;
            };
            header?: {
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path: {
                /** @description The chat's JID, or its phone number. */
                chatId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "id": "msg_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *           "sessionId": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *           "chatId": "5511999999999@s.whatsapp.net",
                     *           "direction": "outbound",
                     *           "source": "api",
                     *           "type": "text",
                     *           "text": "Hello from WASaaS",
                     *           "media": null,
                     *           "location": null,
                     *           "contacts": null,
                     *           "poll": null,
                     *           "event": null,
                     *           "choice": null,
                     *           "referral": null,
                     *           "status": "delivered",
                     *           "error": null,
                     *           "campaignId": null,
                     *           "quotedMessageId": null,
                     *           "mentions": [],
                     *           "from": {
                     *             "id": "5511888888888@s.whatsapp.net",
                     *             "phone": "+5511888888888",
                     *             "lid": null,
                     *             "name": "Acme"
                     *           },
                     *           "to": {
                     *             "id": "5511999999999@s.whatsapp.net",
                     *             "phone": "+5511999999999",
                     *             "lid": null,
                     *             "name": "Ana"
                     *           },
                     *           "priority": "normal",
                     *           "waMessageId": "3EB0A1B2C3D4E5F6071829",
                     *           "metadata": {
                     *             "orderId": "A-1001"
                     *           },
                     *           "reactions": [
                     *             {
                     *               "emoji": "👍",
                     *               "from": {
                     *                 "id": "5511999999999@s.whatsapp.net",
                     *                 "phone": "+5511999999999",
                     *                 "lid": null,
                     *                 "name": "Ana"
                     *               },
                     *               "at": "2026-11-22T08:00:02.512Z"
                     *             }
                     *           ],
                     *           "editedAt": null,
                     *           "deletedAt": null,
                     *           "changeError": null,
                     *           "createdAt": "2026-11-22T08:00:00.000Z",
                     *           "updatedAt": "2026-11-22T08:00:02.512Z"
                     *         }
                     *       ],
                     *       "nextCursor": "text"
                     *     }
                     */
                    "application/json": {
                        data: components["schemas"]["Message"][];
                        nextCursor: string | null;
                    };
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getMessage: {
        parameters: {
            query: {
                sessionId: string;
            };
            header?: {
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path: {
                /** @description The chat's JID, or its phone number. */
                chatId: string;
                messageId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "msg_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "sessionId": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "chatId": "5511999999999@s.whatsapp.net",
                     *       "direction": "outbound",
                     *       "source": "api",
                     *       "type": "text",
                     *       "text": "Hello from WASaaS",
                     *       "media": null,
                     *       "location": null,
                     *       "contacts": null,
                     *       "poll": null,
                     *       "event": null,
                     *       "choice": null,
                     *       "referral": null,
                     *       "status": "delivered",
                     *       "error": null,
                     *       "campaignId": null,
                     *       "quotedMessageId": null,
                     *       "mentions": [],
                     *       "from": {
                     *         "id": "5511888888888@s.whatsapp.net",
                     *         "phone": "+5511888888888",
                     *         "lid": null,
                     *         "name": "Acme"
                     *       },
                     *       "to": {
                     *         "id": "5511999999999@s.whatsapp.net",
                     *         "phone": "+5511999999999",
                     *         "lid": null,
                     *         "name": "Ana"
                     *       },
                     *       "priority": "normal",
                     *       "waMessageId": "3EB0A1B2C3D4E5F6071829",
                     *       "metadata": {
                     *         "orderId": "A-1001"
                     *       },
                     *       "reactions": [
                     *         {
                     *           "emoji": "👍",
                     *           "from": {
                     *             "id": "5511999999999@s.whatsapp.net",
                     *             "phone": "+5511999999999",
                     *             "lid": null,
                     *             "name": "Ana"
                     *           },
                     *           "at": "2026-11-22T08:00:02.512Z"
                     *         }
                     *       ],
                     *       "editedAt": null,
                     *       "deletedAt": null,
                     *       "changeError": null,
                     *       "createdAt": "2026-11-22T08:00:00.000Z",
                     *       "updatedAt": "2026-11-22T08:00:02.512Z",
                     *       "timeline": [
                     *         {
                     *           "status": "queued",
                     *           "at": "2026-11-22T08:00:00.000Z"
                     *         },
                     *         {
                     *           "status": "sent",
                     *           "at": "2026-11-22T08:00:01.040Z"
                     *         },
                     *         {
                     *           "status": "delivered",
                     *           "at": "2026-11-22T08:00:02.512Z"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["MessageWithTimeline"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    deleteMessage: {
        parameters: {
            query: {
                sessionId: string;
            };
            header?: {
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path: {
                /** @description The chat's JID, or its phone number. */
                chatId: string;
                messageId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted: it is stored, and happens in the background */
            202: {
                headers: {
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "msg_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "sessionId": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "chatId": "5511999999999@s.whatsapp.net",
                     *       "direction": "outbound",
                     *       "source": "api",
                     *       "type": "text",
                     *       "text": "Hello from WASaaS",
                     *       "media": null,
                     *       "location": null,
                     *       "contacts": null,
                     *       "poll": null,
                     *       "event": null,
                     *       "choice": null,
                     *       "referral": null,
                     *       "status": "delivered",
                     *       "error": null,
                     *       "campaignId": null,
                     *       "quotedMessageId": null,
                     *       "mentions": [],
                     *       "from": {
                     *         "id": "5511888888888@s.whatsapp.net",
                     *         "phone": "+5511888888888",
                     *         "lid": null,
                     *         "name": "Acme"
                     *       },
                     *       "to": {
                     *         "id": "5511999999999@s.whatsapp.net",
                     *         "phone": "+5511999999999",
                     *         "lid": null,
                     *         "name": "Ana"
                     *       },
                     *       "priority": "normal",
                     *       "waMessageId": "3EB0A1B2C3D4E5F6071829",
                     *       "metadata": {
                     *         "orderId": "A-1001"
                     *       },
                     *       "reactions": [
                     *         {
                     *           "emoji": "👍",
                     *           "from": {
                     *             "id": "5511999999999@s.whatsapp.net",
                     *             "phone": "+5511999999999",
                     *             "lid": null,
                     *             "name": "Ana"
                     *           },
                     *           "at": "2026-11-22T08:00:02.512Z"
                     *         }
                     *       ],
                     *       "editedAt": null,
                     *       "deletedAt": null,
                     *       "changeError": null,
                     *       "createdAt": "2026-11-22T08:00:00.000Z",
                     *       "updatedAt": "2026-11-22T08:00:02.512Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Message"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["InvalidTransitionOrSessionNotConnected"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    editMessage: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request run once: the same key with the same body is answered with the first answer again, for 24 hours, per tenant and route. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path: {
                /** @description The chat's JID, or its phone number. */
                chatId: string;
                messageId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "sessionId": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                 *       "text": "Hello again"
                 *     }
                 */
                "application/json": components["schemas"]["EditMessage"];
            };
        };
        responses: {
            /** @description Accepted: it is stored, and happens in the background */
            202: {
                headers: {
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "msg_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "sessionId": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "chatId": "5511999999999@s.whatsapp.net",
                     *       "direction": "outbound",
                     *       "source": "api",
                     *       "type": "text",
                     *       "text": "Hello from WASaaS",
                     *       "media": null,
                     *       "location": null,
                     *       "contacts": null,
                     *       "poll": null,
                     *       "event": null,
                     *       "choice": null,
                     *       "referral": null,
                     *       "status": "delivered",
                     *       "error": null,
                     *       "campaignId": null,
                     *       "quotedMessageId": null,
                     *       "mentions": [],
                     *       "from": {
                     *         "id": "5511888888888@s.whatsapp.net",
                     *         "phone": "+5511888888888",
                     *         "lid": null,
                     *         "name": "Acme"
                     *       },
                     *       "to": {
                     *         "id": "5511999999999@s.whatsapp.net",
                     *         "phone": "+5511999999999",
                     *         "lid": null,
                     *         "name": "Ana"
                     *       },
                     *       "priority": "normal",
                     *       "waMessageId": "3EB0A1B2C3D4E5F6071829",
                     *       "metadata": {
                     *         "orderId": "A-1001"
                     *       },
                     *       "reactions": [
                     *         {
                     *           "emoji": "👍",
                     *           "from": {
                     *             "id": "5511999999999@s.whatsapp.net",
                     *             "phone": "+5511999999999",
                     *             "lid": null,
                     *             "name": "Ana"
                     *           },
                     *           "at": "2026-11-22T08:00:02.512Z"
                     *         }
                     *       ],
                     *       "editedAt": null,
                     *       "deletedAt": null,
                     *       "changeError": null,
                     *       "createdAt": "2026-11-22T08:00:00.000Z",
                     *       "updatedAt": "2026-11-22T08:00:02.512Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Message"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["IdempotencyInProgressOrInvalidTransitionOrSessionNotConnected"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getMessageMedia: {
        parameters: {
            query: {
                sessionId: string;
            };
            header?: {
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path: {
                /** @description The chat's JID, or its phone number. */
                chatId: string;
                messageId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found elsewhere */
            302: {
                headers: {
                    Location: components["headers"]["Location"];
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["MediaNotReady"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    reactToMessage: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request run once: the same key with the same body is answered with the first answer again, for 24 hours, per tenant and route. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path: {
                /** @description The chat's JID, or its phone number. */
                chatId: string;
                messageId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "sessionId": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                 *       "emoji": "👍"
                 *     }
                 */
                "application/json": components["schemas"]["React"];
            };
        };
        responses: {
            /** @description Accepted: it is stored, and happens in the background */
            202: {
                headers: {
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "msg_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "sessionId": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "chatId": "5511999999999@s.whatsapp.net",
                     *       "direction": "outbound",
                     *       "source": "api",
                     *       "type": "text",
                     *       "text": "Hello from WASaaS",
                     *       "media": null,
                     *       "location": null,
                     *       "contacts": null,
                     *       "poll": null,
                     *       "event": null,
                     *       "choice": null,
                     *       "referral": null,
                     *       "status": "delivered",
                     *       "error": null,
                     *       "campaignId": null,
                     *       "quotedMessageId": null,
                     *       "mentions": [],
                     *       "from": {
                     *         "id": "5511888888888@s.whatsapp.net",
                     *         "phone": "+5511888888888",
                     *         "lid": null,
                     *         "name": "Acme"
                     *       },
                     *       "to": {
                     *         "id": "5511999999999@s.whatsapp.net",
                     *         "phone": "+5511999999999",
                     *         "lid": null,
                     *         "name": "Ana"
                     *       },
                     *       "priority": "normal",
                     *       "waMessageId": "3EB0A1B2C3D4E5F6071829",
                     *       "metadata": {
                     *         "orderId": "A-1001"
                     *       },
                     *       "reactions": [
                     *         {
                     *           "emoji": "👍",
                     *           "from": {
                     *             "id": "5511999999999@s.whatsapp.net",
                     *             "phone": "+5511999999999",
                     *             "lid": null,
                     *             "name": "Ana"
                     *           },
                     *           "at": "2026-11-22T08:00:02.512Z"
                     *         }
                     *       ],
                     *       "editedAt": null,
                     *       "deletedAt": null,
                     *       "changeError": null,
                     *       "createdAt": "2026-11-22T08:00:00.000Z",
                     *       "updatedAt": "2026-11-22T08:00:02.512Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Message"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["IdempotencyInProgressOrInvalidTransitionOrSessionNotConnected"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    markMessageRead: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request run once: the same key with the same body is answered with the first answer again, for 24 hours, per tenant and route. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path: {
                /** @description The chat's JID, or its phone number. */
                chatId: string;
                messageId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "sessionId": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB"
                 *     }
                 */
                "application/json": components["schemas"]["MarkRead"];
            };
        };
        responses: {
            /** @description Accepted: it is stored, and happens in the background */
            202: {
                headers: {
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "msg_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "sessionId": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "chatId": "5511999999999@s.whatsapp.net",
                     *       "direction": "outbound",
                     *       "source": "api",
                     *       "type": "text",
                     *       "text": "Hello from WASaaS",
                     *       "media": null,
                     *       "location": null,
                     *       "contacts": null,
                     *       "poll": null,
                     *       "event": null,
                     *       "choice": null,
                     *       "referral": null,
                     *       "status": "delivered",
                     *       "error": null,
                     *       "campaignId": null,
                     *       "quotedMessageId": null,
                     *       "mentions": [],
                     *       "from": {
                     *         "id": "5511888888888@s.whatsapp.net",
                     *         "phone": "+5511888888888",
                     *         "lid": null,
                     *         "name": "Acme"
                     *       },
                     *       "to": {
                     *         "id": "5511999999999@s.whatsapp.net",
                     *         "phone": "+5511999999999",
                     *         "lid": null,
                     *         "name": "Ana"
                     *       },
                     *       "priority": "normal",
                     *       "waMessageId": "3EB0A1B2C3D4E5F6071829",
                     *       "metadata": {
                     *         "orderId": "A-1001"
                     *       },
                     *       "reactions": [
                     *         {
                     *           "emoji": "👍",
                     *           "from": {
                     *             "id": "5511999999999@s.whatsapp.net",
                     *             "phone": "+5511999999999",
                     *             "lid": null,
                     *             "name": "Ana"
                     *           },
                     *           "at": "2026-11-22T08:00:02.512Z"
                     *         }
                     *       ],
                     *       "editedAt": null,
                     *       "deletedAt": null,
                     *       "changeError": null,
                     *       "createdAt": "2026-11-22T08:00:00.000Z",
                     *       "updatedAt": "2026-11-22T08:00:02.512Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Message"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["IdempotencyInProgressOrInvalidTransitionOrSessionNotConnected"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    sendMessage: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request run once: the same key with the same body is answered with the first answer again, for 24 hours, per tenant and route. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "sessionId": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                 *       "to": "+5511999999999",
                 *       "text": "Hello from WASaaS"
                 *     }
                 */
                "application/json": components["schemas"]["SendMessage"];
            };
        };
        responses: {
            /** @description Accepted: it is stored, and happens in the background */
            202: {
                headers: {
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "msg_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "sessionId": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "chatId": "5511999999999@s.whatsapp.net",
                     *       "direction": "outbound",
                     *       "source": "api",
                     *       "type": "text",
                     *       "text": "Hello from WASaaS",
                     *       "media": null,
                     *       "location": null,
                     *       "contacts": null,
                     *       "poll": null,
                     *       "event": null,
                     *       "choice": null,
                     *       "referral": null,
                     *       "status": "delivered",
                     *       "error": null,
                     *       "campaignId": null,
                     *       "quotedMessageId": null,
                     *       "mentions": [],
                     *       "from": {
                     *         "id": "5511888888888@s.whatsapp.net",
                     *         "phone": "+5511888888888",
                     *         "lid": null,
                     *         "name": "Acme"
                     *       },
                     *       "to": {
                     *         "id": "5511999999999@s.whatsapp.net",
                     *         "phone": "+5511999999999",
                     *         "lid": null,
                     *         "name": "Ana"
                     *       },
                     *       "priority": "normal",
                     *       "waMessageId": "3EB0A1B2C3D4E5F6071829",
                     *       "metadata": {
                     *         "orderId": "A-1001"
                     *       },
                     *       "reactions": [
                     *         {
                     *           "emoji": "👍",
                     *           "from": {
                     *             "id": "5511999999999@s.whatsapp.net",
                     *             "phone": "+5511999999999",
                     *             "lid": null,
                     *             "name": "Ana"
                     *           },
                     *           "at": "2026-11-22T08:00:02.512Z"
                     *         }
                     *       ],
                     *       "editedAt": null,
                     *       "deletedAt": null,
                     *       "changeError": null,
                     *       "createdAt": "2026-11-22T08:00:00.000Z",
                     *       "updatedAt": "2026-11-22T08:00:02.512Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Message"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["IdempotencyInProgressOrSessionNotConnected"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReusedOrOptedOut"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    sendBulk: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request run once: the same key with the same body is answered with the first answer again, for 24 hours, per tenant and route. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "sessionId": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                 *       "recipients": [
                 *         {
                 *           "to": "+5511999999999",
                 *           "variables": {
                 *             "name": "Ana"
                 *           }
                 *         }
                 *       ],
                 *       "text": "Hello {{name}}"
                 *     }
                 */
                "application/json": components["schemas"]["SendBulk"];
            };
        };
        responses: {
            /** @description Accepted: it is stored, and happens in the background */
            202: {
                headers: {
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "accepted": 0,
                     *       "rejected": [
                     *         {
                     *           "index": 0,
                     *           "to": "text",
                     *           "code": "invalid_recipient",
                     *           "message": "text"
                     *         }
                     *       ],
                     *       "messages": [
                     *         {
                     *           "id": "msg_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *           "to": "text"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["BulkAnswer"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["IdempotencyInProgressOrMediaNotReadyOrSessionNotConnected"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    sendMedia: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request run once: the same key with the same body is answered with the first answer again, for 24 hours, per tenant and route. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "sessionId": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                 *       "to": "+5511999999999",
                 *       "type": "document",
                 *       "media": {
                 *         "url": "https://example.com/invoice.pdf"
                 *       },
                 *       "caption": "Your invoice"
                 *     }
                 */
                "application/json": components["schemas"]["SendMedia"];
            };
        };
        responses: {
            /** @description Accepted: it is stored, and happens in the background */
            202: {
                headers: {
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "msg_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "sessionId": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "chatId": "5511999999999@s.whatsapp.net",
                     *       "direction": "outbound",
                     *       "source": "api",
                     *       "type": "text",
                     *       "text": "Hello from WASaaS",
                     *       "media": null,
                     *       "location": null,
                     *       "contacts": null,
                     *       "poll": null,
                     *       "event": null,
                     *       "choice": null,
                     *       "referral": null,
                     *       "status": "delivered",
                     *       "error": null,
                     *       "campaignId": null,
                     *       "quotedMessageId": null,
                     *       "mentions": [],
                     *       "from": {
                     *         "id": "5511888888888@s.whatsapp.net",
                     *         "phone": "+5511888888888",
                     *         "lid": null,
                     *         "name": "Acme"
                     *       },
                     *       "to": {
                     *         "id": "5511999999999@s.whatsapp.net",
                     *         "phone": "+5511999999999",
                     *         "lid": null,
                     *         "name": "Ana"
                     *       },
                     *       "priority": "normal",
                     *       "waMessageId": "3EB0A1B2C3D4E5F6071829",
                     *       "metadata": {
                     *         "orderId": "A-1001"
                     *       },
                     *       "reactions": [
                     *         {
                     *           "emoji": "👍",
                     *           "from": {
                     *             "id": "5511999999999@s.whatsapp.net",
                     *             "phone": "+5511999999999",
                     *             "lid": null,
                     *             "name": "Ana"
                     *           },
                     *           "at": "2026-11-22T08:00:02.512Z"
                     *         }
                     *       ],
                     *       "editedAt": null,
                     *       "deletedAt": null,
                     *       "changeError": null,
                     *       "createdAt": "2026-11-22T08:00:00.000Z",
                     *       "updatedAt": "2026-11-22T08:00:02.512Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Message"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["IdempotencyInProgressOrMediaNotReadyOrSessionNotConnected"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReusedOrOptedOut"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listSessions: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
                status?: components["schemas"]["SessionStatus"];
            };
            header?: {
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "id": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *           "name": "Sales",
                     *           "metadata": {
                     *             "team": "south"
                     *           },
                     *           "limits": {
                     *             "campaignMessagesPerMinute": 20,
                     *             "firstContactsPerDay": "warmup"
                     *           },
                     *           "status": "connected",
                     *           "qr": null,
                     *           "pairingCode": null,
                     *           "pairingCodeError": null,
                     *           "phone": {
                     *             "jid": "5511888888888@s.whatsapp.net",
                     *             "lid": "84215906132455@lid",
                     *             "number": "+5511888888888",
                     *             "name": "Acme"
                     *           },
                     *           "lastDisconnect": null,
                     *           "restricted": null,
                     *           "lastInboundAt": "2026-11-22T07:59:41.210Z",
                     *           "statuses": [
                     *             {
                     *               "status": "starting",
                     *               "at": "2026-11-20T09:30:00.000Z"
                     *             },
                     *             {
                     *               "status": "qr",
                     *               "at": "2026-11-20T09:30:01.304Z"
                     *             },
                     *             {
                     *               "status": "connected",
                     *               "at": "2026-11-20T09:30:19.871Z"
                     *             }
                     *           ],
                     *           "createdAt": "2026-11-20T09:30:00.000Z",
                     *           "connectedAt": "2026-11-20T09:30:19.871Z"
                     *         }
                     *       ],
                     *       "nextCursor": "text"
                     *     }
                     */
                    "application/json": {
                        data: components["schemas"]["Session"][];
                        nextCursor: string | null;
                    };
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    createSession: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request run once: the same key with the same body is answered with the first answer again, for 24 hours, per tenant and route. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "name": "Sales"
                 *     }
                 */
                "application/json": components["schemas"]["CreateSession"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "name": "Sales",
                     *       "metadata": {
                     *         "team": "south"
                     *       },
                     *       "limits": {
                     *         "campaignMessagesPerMinute": 20,
                     *         "firstContactsPerDay": "warmup"
                     *       },
                     *       "status": "connected",
                     *       "qr": null,
                     *       "pairingCode": null,
                     *       "pairingCodeError": null,
                     *       "phone": {
                     *         "jid": "5511888888888@s.whatsapp.net",
                     *         "lid": "84215906132455@lid",
                     *         "number": "+5511888888888",
                     *         "name": "Acme"
                     *       },
                     *       "lastDisconnect": null,
                     *       "restricted": null,
                     *       "lastInboundAt": "2026-11-22T07:59:41.210Z",
                     *       "statuses": [
                     *         {
                     *           "status": "starting",
                     *           "at": "2026-11-20T09:30:00.000Z"
                     *         },
                     *         {
                     *           "status": "qr",
                     *           "at": "2026-11-20T09:30:01.304Z"
                     *         },
                     *         {
                     *           "status": "connected",
                     *           "at": "2026-11-20T09:30:19.871Z"
                     *         }
                     *       ],
                     *       "createdAt": "2026-11-20T09:30:00.000Z",
                     *       "connectedAt": "2026-11-20T09:30:19.871Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Session"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            402: components["responses"]["QuotaExceeded"];
            409: components["responses"]["IdempotencyInProgress"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getSession: {
        parameters: {
            query?: never;
            header?: {
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path: {
                sessionId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "name": "Sales",
                     *       "metadata": {
                     *         "team": "south"
                     *       },
                     *       "limits": {
                     *         "campaignMessagesPerMinute": 20,
                     *         "firstContactsPerDay": "warmup"
                     *       },
                     *       "status": "connected",
                     *       "qr": null,
                     *       "pairingCode": null,
                     *       "pairingCodeError": null,
                     *       "phone": {
                     *         "jid": "5511888888888@s.whatsapp.net",
                     *         "lid": "84215906132455@lid",
                     *         "number": "+5511888888888",
                     *         "name": "Acme"
                     *       },
                     *       "lastDisconnect": null,
                     *       "restricted": null,
                     *       "lastInboundAt": "2026-11-22T07:59:41.210Z",
                     *       "statuses": [
                     *         {
                     *           "status": "starting",
                     *           "at": "2026-11-20T09:30:00.000Z"
                     *         },
                     *         {
                     *           "status": "qr",
                     *           "at": "2026-11-20T09:30:01.304Z"
                     *         },
                     *         {
                     *           "status": "connected",
                     *           "at": "2026-11-20T09:30:19.871Z"
                     *         }
                     *       ],
                     *       "createdAt": "2026-11-20T09:30:00.000Z",
                     *       "connectedAt": "2026-11-20T09:30:19.871Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Session"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    deleteSession: {
        parameters: {
            query?: {
                /** @description Whether its messages go at once, rather than when the tenant's retention ends. */
                erase?: "true" | "false";
            };
            header?: {
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path: {
                sessionId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted: it is stored, and happens in the background */
            202: {
                headers: {
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "name": "Sales",
                     *       "metadata": {
                     *         "team": "south"
                     *       },
                     *       "limits": {
                     *         "campaignMessagesPerMinute": 20,
                     *         "firstContactsPerDay": "warmup"
                     *       },
                     *       "status": "connected",
                     *       "qr": null,
                     *       "pairingCode": null,
                     *       "pairingCodeError": null,
                     *       "phone": {
                     *         "jid": "5511888888888@s.whatsapp.net",
                     *         "lid": "84215906132455@lid",
                     *         "number": "+5511888888888",
                     *         "name": "Acme"
                     *       },
                     *       "lastDisconnect": null,
                     *       "restricted": null,
                     *       "lastInboundAt": "2026-11-22T07:59:41.210Z",
                     *       "statuses": [
                     *         {
                     *           "status": "starting",
                     *           "at": "2026-11-20T09:30:00.000Z"
                     *         },
                     *         {
                     *           "status": "qr",
                     *           "at": "2026-11-20T09:30:01.304Z"
                     *         },
                     *         {
                     *           "status": "connected",
                     *           "at": "2026-11-20T09:30:19.871Z"
                     *         }
                     *       ],
                     *       "createdAt": "2026-11-20T09:30:00.000Z",
                     *       "connectedAt": "2026-11-20T09:30:19.871Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Session"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["InvalidTransition"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    updateSession: {
        parameters: {
            query?: never;
            header?: {
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path: {
                sessionId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Support"
                 *     }
                 */
                "application/json": components["schemas"]["PatchSession"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "name": "Sales",
                     *       "metadata": {
                     *         "team": "south"
                     *       },
                     *       "limits": {
                     *         "campaignMessagesPerMinute": 20,
                     *         "firstContactsPerDay": "warmup"
                     *       },
                     *       "status": "connected",
                     *       "qr": null,
                     *       "pairingCode": null,
                     *       "pairingCodeError": null,
                     *       "phone": {
                     *         "jid": "5511888888888@s.whatsapp.net",
                     *         "lid": "84215906132455@lid",
                     *         "number": "+5511888888888",
                     *         "name": "Acme"
                     *       },
                     *       "lastDisconnect": null,
                     *       "restricted": null,
                     *       "lastInboundAt": "2026-11-22T07:59:41.210Z",
                     *       "statuses": [
                     *         {
                     *           "status": "starting",
                     *           "at": "2026-11-20T09:30:00.000Z"
                     *         },
                     *         {
                     *           "status": "qr",
                     *           "at": "2026-11-20T09:30:01.304Z"
                     *         },
                     *         {
                     *           "status": "connected",
                     *           "at": "2026-11-20T09:30:19.871Z"
                     *         }
                     *       ],
                     *       "createdAt": "2026-11-20T09:30:00.000Z",
                     *       "connectedAt": "2026-11-20T09:30:19.871Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Session"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getPasskey: {
        parameters: {
            query?: never;
            header?: {
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path: {
                sessionId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "state": "none",
                     *       "options": {
                     *         "challenge": "text",
                     *         "timeout": 1,
                     *         "rpId": "whatsapp.com",
                     *         "userVerification": "text"
                     *       },
                     *       "code": "text",
                     *       "failure": "refused",
                     *       "expiresAt": "2026-11-22T08:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Passkey"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    answerPasskey: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request run once: the same key with the same body is answered with the first answer again, for 24 hours, per tenant and route. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path: {
                sessionId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "credential": {
                 *         "id": "Y3JlZGVudGlhbCBpZA",
                 *         "rawId": "Y3JlZGVudGlhbCBpZA",
                 *         "type": "public-key",
                 *         "response": {
                 *           "clientDataJSON": "eyJ0eXBlIjoid2ViYXV0aG4uZ2V0In0",
                 *           "authenticatorData": "YXV0aGVudGljYXRvciBkYXRh",
                 *           "signature": "c2lnbmF0dXJl",
                 *           "userHandle": null
                 *         }
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["AnswerPasskey"];
            };
        };
        responses: {
            /** @description Accepted: it is stored, and happens in the background */
            202: {
                headers: {
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "state": "none",
                     *       "options": {
                     *         "challenge": "text",
                     *         "timeout": 1,
                     *         "rpId": "whatsapp.com",
                     *         "userVerification": "text"
                     *       },
                     *       "code": "text",
                     *       "failure": "refused",
                     *       "expiresAt": "2026-11-22T08:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Passkey"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["IdempotencyInProgressOrInvalidTransition"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReusedOrPasskeyInvalid"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    confirmPasskey: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request run once: the same key with the same body is answered with the first answer again, for 24 hours, per tenant and route. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path: {
                sessionId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted: it is stored, and happens in the background */
            202: {
                headers: {
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "state": "none",
                     *       "options": {
                     *         "challenge": "text",
                     *         "timeout": 1,
                     *         "rpId": "whatsapp.com",
                     *         "userVerification": "text"
                     *       },
                     *       "code": "text",
                     *       "failure": "refused",
                     *       "expiresAt": "2026-11-22T08:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Passkey"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["IdempotencyInProgressOrInvalidTransition"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    restartSession: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request run once: the same key with the same body is answered with the first answer again, for 24 hours, per tenant and route. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path: {
                sessionId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted: it is stored, and happens in the background */
            202: {
                headers: {
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "name": "Sales",
                     *       "metadata": {
                     *         "team": "south"
                     *       },
                     *       "limits": {
                     *         "campaignMessagesPerMinute": 20,
                     *         "firstContactsPerDay": "warmup"
                     *       },
                     *       "status": "connected",
                     *       "qr": null,
                     *       "pairingCode": null,
                     *       "pairingCodeError": null,
                     *       "phone": {
                     *         "jid": "5511888888888@s.whatsapp.net",
                     *         "lid": "84215906132455@lid",
                     *         "number": "+5511888888888",
                     *         "name": "Acme"
                     *       },
                     *       "lastDisconnect": null,
                     *       "restricted": null,
                     *       "lastInboundAt": "2026-11-22T07:59:41.210Z",
                     *       "statuses": [
                     *         {
                     *           "status": "starting",
                     *           "at": "2026-11-20T09:30:00.000Z"
                     *         },
                     *         {
                     *           "status": "qr",
                     *           "at": "2026-11-20T09:30:01.304Z"
                     *         },
                     *         {
                     *           "status": "connected",
                     *           "at": "2026-11-20T09:30:19.871Z"
                     *         }
                     *       ],
                     *       "createdAt": "2026-11-20T09:30:00.000Z",
                     *       "connectedAt": "2026-11-20T09:30:19.871Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Session"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["IdempotencyInProgressOrInvalidTransition"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listTemplates: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: {
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "id": "tpl_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *           "name": "Order shipped",
                     *           "body": "Hello {{name}}, your order {{order}} is on its way.",
                     *           "variables": [
                     *             "name",
                     *             "order"
                     *           ],
                     *           "media": null,
                     *           "createdAt": "2026-11-22T08:00:00.000Z",
                     *           "updatedAt": "2026-11-22T08:00:00.000Z"
                     *         }
                     *       ],
                     *       "nextCursor": "text"
                     *     }
                     */
                    "application/json": {
                        data: components["schemas"]["Template"][];
                        nextCursor: string | null;
                    };
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    createTemplate: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request run once: the same key with the same body is answered with the first answer again, for 24 hours, per tenant and route. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Order shipped",
                 *       "body": "Hello {{name}}, your order {{order}} is on its way."
                 *     }
                 */
                "application/json": components["schemas"]["CreateTemplate"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "tpl_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "name": "Order shipped",
                     *       "body": "Hello {{name}}, your order {{order}} is on its way.",
                     *       "variables": [
                     *         "name",
                     *         "order"
                     *       ],
                     *       "media": null,
                     *       "createdAt": "2026-11-22T08:00:00.000Z",
                     *       "updatedAt": "2026-11-22T08:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Template"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["IdempotencyInProgress"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getTemplate: {
        parameters: {
            query?: never;
            header?: {
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path: {
                templateId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "tpl_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "name": "Order shipped",
                     *       "body": "Hello {{name}}, your order {{order}} is on its way.",
                     *       "variables": [
                     *         "name",
                     *         "order"
                     *       ],
                     *       "media": null,
                     *       "createdAt": "2026-11-22T08:00:00.000Z",
                     *       "updatedAt": "2026-11-22T08:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Template"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    replaceTemplate: {
        parameters: {
            query?: never;
            header?: {
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path: {
                templateId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "Order shipped",
                 *       "body": "Hello {{name}}, your order {{order}} is on its way."
                 *     }
                 */
                "application/json": components["schemas"]["ReplaceTemplate"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "tpl_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "name": "Order shipped",
                     *       "body": "Hello {{name}}, your order {{order}} is on its way.",
                     *       "variables": [
                     *         "name",
                     *         "order"
                     *       ],
                     *       "media": null,
                     *       "createdAt": "2026-11-22T08:00:00.000Z",
                     *       "updatedAt": "2026-11-22T08:00:00.000Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Template"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    deleteTemplate: {
        parameters: {
            query?: never;
            header?: {
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path: {
                templateId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing more to say */
            204: {
                headers: {
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getUsage: {
        parameters: {
            query?: never;
            header?: {
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "plan": "pro",
                     *       "rateLimit": 1000,
                     *       "sessions": {
                     *         "used": 3,
                     *         "limit": 50
                     *       },
                     *       "month": {
                     *         "requests": 18230,
                     *         "messages": {
                     *           "sent": 9120,
                     *           "delivered": 9004,
                     *           "failed": 12,
                     *           "received": 4411
                     *         },
                     *         "webhookDeliveries": 31876
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["Usage"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listWebhooks: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
            };
            header?: {
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "id": "whk_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *           "url": "https://example.com/hooks/whatsapp",
                     *           "events": [
                     *             "message.*"
                     *           ],
                     *           "sessionIds": null,
                     *           "description": null,
                     *           "enabled": true,
                     *           "status": "enabled",
                     *           "failingSince": null,
                     *           "disabledReason": null,
                     *           "createdAt": "2026-11-22T08:00:00.000Z",
                     *           "updatedAt": "2026-11-22T08:00:02.512Z"
                     *         }
                     *       ],
                     *       "nextCursor": "text"
                     *     }
                     */
                    "application/json": {
                        data: components["schemas"]["Webhook"][];
                        nextCursor: string | null;
                    };
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    createWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request run once: the same key with the same body is answered with the first answer again, for 24 hours, per tenant and route. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "url": "https://example.com/hooks/whatsapp",
                 *       "events": [
                 *         "message.*"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["CreateWebhook"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "whk_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "url": "https://example.com/hooks/whatsapp",
                     *       "events": [
                     *         "message.*"
                     *       ],
                     *       "sessionIds": null,
                     *       "description": null,
                     *       "enabled": true,
                     *       "status": "enabled",
                     *       "failingSince": null,
                     *       "disabledReason": null,
                     *       "createdAt": "2026-11-22T08:00:00.000Z",
                     *       "updatedAt": "2026-11-22T08:00:02.512Z",
                     *       "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookWithSecret"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            402: components["responses"]["QuotaExceeded"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["IdempotencyInProgress"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path: {
                webhookId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "whk_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "url": "https://example.com/hooks/whatsapp",
                     *       "events": [
                     *         "message.*"
                     *       ],
                     *       "sessionIds": null,
                     *       "description": null,
                     *       "enabled": true,
                     *       "status": "enabled",
                     *       "failingSince": null,
                     *       "disabledReason": null,
                     *       "createdAt": "2026-11-22T08:00:00.000Z",
                     *       "updatedAt": "2026-11-22T08:00:02.512Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    replaceWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path: {
                webhookId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "url": "https://example.com/hooks/whatsapp",
                 *       "events": [
                 *         "*"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["ReplaceWebhook"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "whk_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "url": "https://example.com/hooks/whatsapp",
                     *       "events": [
                     *         "message.*"
                     *       ],
                     *       "sessionIds": null,
                     *       "description": null,
                     *       "enabled": true,
                     *       "status": "enabled",
                     *       "failingSince": null,
                     *       "disabledReason": null,
                     *       "createdAt": "2026-11-22T08:00:00.000Z",
                     *       "updatedAt": "2026-11-22T08:00:02.512Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    deleteWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path: {
                webhookId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing more to say */
            204: {
                headers: {
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    updateWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path: {
                webhookId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "enabled": true
                 *     }
                 */
                "application/json": components["schemas"]["PatchWebhook"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "whk_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "url": "https://example.com/hooks/whatsapp",
                     *       "events": [
                     *         "message.*"
                     *       ],
                     *       "sessionIds": null,
                     *       "description": null,
                     *       "enabled": true,
                     *       "status": "enabled",
                     *       "failingSince": null,
                     *       "disabledReason": null,
                     *       "createdAt": "2026-11-22T08:00:00.000Z",
                     *       "updatedAt": "2026-11-22T08:00:02.512Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    listDeliveries: {
        parameters: {
            query?: {
                cursor?: string;
                limit?: number;
                status?: components["schemas"]["WebhookDeliveryStatus"];
            };
            header?: {
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path: {
                webhookId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "data": [
                     *         {
                     *           "id": "dlv_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *           "eventId": "evt_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *           "eventType": "message.delivered",
                     *           "status": "delivered",
                     *           "attempts": [
                     *             {
                     *               "at": "2026-11-22T08:00:02.512Z",
                     *               "statusCode": 200,
                     *               "latencyMs": 84,
                     *               "error": null,
                     *               "responseExcerpt": "ok"
                     *             }
                     *           ],
                     *           "nextAttemptAt": null
                     *         }
                     *       ],
                     *       "nextCursor": "text"
                     *     }
                     */
                    "application/json": {
                        data: components["schemas"]["WebhookDelivery"][];
                        nextCursor: string | null;
                    };
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    redeliver: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request run once: the same key with the same body is answered with the first answer again, for 24 hours, per tenant and route. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path: {
                deliveryId: string;
                webhookId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted: it is stored, and happens in the background */
            202: {
                headers: {
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "dlv_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "eventId": "evt_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "eventType": "message.delivered",
                     *       "status": "delivered",
                     *       "attempts": [
                     *         {
                     *           "at": "2026-11-22T08:00:02.512Z",
                     *           "statusCode": 200,
                     *           "latencyMs": 84,
                     *           "error": null,
                     *           "responseExcerpt": "ok"
                     *         }
                     *       ],
                     *       "nextAttemptAt": null
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookDelivery"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["IdempotencyInProgressOrInvalidTransition"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    replayWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request run once: the same key with the same body is answered with the first answer again, for 24 hours, per tenant and route. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path: {
                webhookId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "since": "2026-11-22T08:00:00.000Z"
                 *     }
                 */
                "application/json": components["schemas"]["ReplayWebhook"];
            };
        };
        responses: {
            /** @description Accepted: it is stored, and happens in the background */
            202: {
                headers: {
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "whk_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "url": "https://example.com/hooks/whatsapp",
                     *       "events": [
                     *         "message.*"
                     *       ],
                     *       "sessionIds": null,
                     *       "description": null,
                     *       "enabled": true,
                     *       "status": "enabled",
                     *       "failingSince": null,
                     *       "disabledReason": null,
                     *       "createdAt": "2026-11-22T08:00:00.000Z",
                     *       "updatedAt": "2026-11-22T08:00:02.512Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["IdempotencyInProgressOrInvalidTransition"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    rotateWebhookSecret: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request run once: the same key with the same body is answered with the first answer again, for 24 hours, per tenant and route. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path: {
                webhookId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /** @example {} */
                "application/json": components["schemas"]["RotateWebhookSecret"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "whk_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "url": "https://example.com/hooks/whatsapp",
                     *       "events": [
                     *         "message.*"
                     *       ],
                     *       "sessionIds": null,
                     *       "description": null,
                     *       "enabled": true,
                     *       "status": "enabled",
                     *       "failingSince": null,
                     *       "disabledReason": null,
                     *       "createdAt": "2026-11-22T08:00:00.000Z",
                     *       "updatedAt": "2026-11-22T08:00:02.512Z",
                     *       "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookWithSecret"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["IdempotencyInProgressOrInvalidTransition"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    testWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request run once: the same key with the same body is answered with the first answer again, for 24 hours, per tenant and route. */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path: {
                webhookId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted: it is stored, and happens in the background */
            202: {
                headers: {
                    "Idempotent-Replayed": components["headers"]["Idempotent-Replayed"];
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "whk_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                     *       "url": "https://example.com/hooks/whatsapp",
                     *       "events": [
                     *         "message.*"
                     *       ],
                     *       "sessionIds": null,
                     *       "description": null,
                     *       "enabled": true,
                     *       "status": "enabled",
                     *       "failingSince": null,
                     *       "disabledReason": null,
                     *       "createdAt": "2026-11-22T08:00:00.000Z",
                     *       "updatedAt": "2026-11-22T08:00:02.512Z"
                     *     }
                     */
                    "application/json": components["schemas"]["Webhook"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["IdempotencyInProgress"];
            413: components["responses"]["BodyTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["IdempotencyKeyReused"];
            429: components["responses"]["RateLimited"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getDocs: {
        parameters: {
            query?: never;
            header?: {
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            400: components["responses"]["ValidationFailed"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: {
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "ok",
                     *       "version": "0.1.0"
                     *     }
                     */
                    "application/json": components["schemas"]["Health"];
                };
            };
            400: components["responses"]["ValidationFailed"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    getOpenApi: {
        parameters: {
            query?: never;
            header?: {
                /** @description Pins the version of the API; a version there is not is a 400. */
                "X-API-Version"?: components["parameters"]["ApiVersion"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "X-API-Version": components["headers"]["X-API-Version"];
                    "X-RateLimit-Limit": components["headers"]["X-RateLimit-Limit"];
                    "X-RateLimit-Remaining": components["headers"]["X-RateLimit-Remaining"];
                    "X-RateLimit-Reset": components["headers"]["X-RateLimit-Reset"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "openapi": "3.1.1"
                     *     }
                     */
                    "application/json": {
                        /** @example 3.1.1 */
                        openapi: string;
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
            400: components["responses"]["ValidationFailed"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    receiveEvent: {
        parameters: {
            query?: never;
            header: {
                /** @description The event's id, the same on every try. */
                "webhook-id": string;
                /** @description One signature for each secret that signs now, apart by spaces. */
                "webhook-signature": string;
                /** @description When this try was signed, in Unix seconds. */
                "webhook-timestamp": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "id": "evt_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                 *       "type": "message.delivered",
                 *       "createdAt": "2026-11-22T08:00:02.512Z",
                 *       "tenantId": "ten_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                 *       "sessionId": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                 *       "sequence": 42,
                 *       "metadata": {
                 *         "team": "south"
                 *       },
                 *       "data": {
                 *         "id": "msg_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                 *         "sessionId": "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
                 *         "chatId": "5511999999999@s.whatsapp.net",
                 *         "direction": "outbound",
                 *         "source": "api",
                 *         "type": "text",
                 *         "text": "Hello from WASaaS",
                 *         "media": null,
                 *         "location": null,
                 *         "contacts": null,
                 *         "poll": null,
                 *         "event": null,
                 *         "choice": null,
                 *         "referral": null,
                 *         "status": "delivered",
                 *         "error": null,
                 *         "campaignId": null,
                 *         "quotedMessageId": null,
                 *         "mentions": [],
                 *         "from": {
                 *           "id": "5511888888888@s.whatsapp.net",
                 *           "phone": "+5511888888888",
                 *           "lid": null,
                 *           "name": "Acme"
                 *         },
                 *         "to": {
                 *           "id": "5511999999999@s.whatsapp.net",
                 *           "phone": "+5511999999999",
                 *           "lid": null,
                 *           "name": "Ana"
                 *         },
                 *         "priority": "normal",
                 *         "waMessageId": "3EB0A1B2C3D4E5F6071829",
                 *         "metadata": {
                 *           "orderId": "A-1001"
                 *         },
                 *         "reactions": [
                 *           {
                 *             "emoji": "👍",
                 *             "from": {
                 *               "id": "5511999999999@s.whatsapp.net",
                 *               "phone": "+5511999999999",
                 *               "lid": null,
                 *               "name": "Ana"
                 *             },
                 *             "at": "2026-11-22T08:00:02.512Z"
                 *           }
                 *         ],
                 *         "editedAt": null,
                 *         "deletedAt": null,
                 *         "changeError": null,
                 *         "createdAt": "2026-11-22T08:00:00.000Z",
                 *         "updatedAt": "2026-11-22T08:00:02.512Z"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["Event"];
            };
        };
        responses: {
            /** @description Taken: the delivery is done */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Gone: the webhook is disabled, and nothing is sent to it any more */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not taken: it is tried again later */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
}
