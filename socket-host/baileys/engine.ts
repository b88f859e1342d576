import makeWASocket, {
  type AuthenticationCreds,
  DEFAULT_CONNECTION_CONFIG,
  isJidNewsletter,
  isJidStatusBroadcast,
  proto,
  WA_CERT_DETAILS,
  type WASocket,
} from "@whiskeysockets/baileys";
import * as z from "zod";
import { type Now, systemNow } from "../../domain/clock.ts";
import { Jid } from "../../domain/jid.ts";
import type { OpenOptions, WhatsAppEngine } from "../whatsapp-port.ts";
import { AccountFacts } from "./account-facts.ts";
import { baileysLog } from "./baileys-log.ts";
import { BaileysSocket, type SocketParts } from "./baileys-socket.ts";
import { openCredentials } from "./credentials.ts";
import { GroupCache } from "./group-cache.ts";
import { keepSessionsApart } from "./libsignal-sessions.ts";
import { mediaHost } from "./media-host.ts";
import { type ProxyAgents, proxyAgents } from "./proxy-agents.ts";
import { quietLibsignal } from "./quiet-libsignal.ts";
import { type ArrivingCiphertext, exclusiveRepository } from "./signal-repository.ts";
import { baileysStore } from "./signal-stores.ts";
import { installStrictSignatures } from "./strict-signatures.ts";
import type { RawSocket } from "./wire.ts";

export interface BaileysEngineOptions {
  /** Another server that speaks the protocol; WhatsApp's own unless told. */
  readonly webSocketUrl?: string | undefined;
  /** The root key (32 bytes, base64) that server's certificates must chain to; WhatsApp's own unless told. */
  readonly noiseRoot?: string | undefined;
  /** The client's name in the phone's list of linked devices; WASaaS unless told. */
  readonly deviceName?: string | undefined;
  /** How long each QR is shown, in milliseconds; as long as WhatsApp Web shows it unless told. */
  readonly qrLifetimeMs?: number | undefined;
  /** How long the offline queue may stand still before the connection is given up; 60 s unless told. */
  readonly offlineStallMs?: number | undefined;
  readonly now?: Now;
}

const connectTimeoutMs = 20_000;
const queryTimeoutMs = 30_000;
const keepAliveIntervalMs = 30_000;

/**
 * WhatsApp through Baileys. For the whole process it makes Baileys check signatures, and libsignal keep off the console
 * and sessions apart.
 */
export function baileysEngine(engine: BaileysEngineOptions = {}): WhatsAppEngine {
  installStrictSignatures();
  quietLibsignal();
  keepSessionsApart();
  if (engine.noiseRoot !== undefined) WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(engine.noiseRoot, "base64");
  return {
    async open(options) {
      try {
        const creds = await openCredentials(options.keys);
        const arrivals = new WeakMap<Uint8Array, ArrivingCiphertext>();
        const peers = new WeakMap<Uint8Array, string>();
        const now = engine.now ?? systemNow;
        const groups = new GroupCache({ fetch: group => sock.groupMetadata(group), now });
        const { proxy } = options.settings;
        const through = proxy === null ? undefined : proxyAgents(proxy);
        const browser: Browser = [engine.deviceName ?? "WASaaS", "Chrome", "1.0"];
        const sock = connect(engine, options, { creds, browser, arrivals, peers, groups, through });
        const media = mediaHost(sock, engine.webSocketUrl, through?.agent);
        const raw = rawSocketOf(sock);
        const facts = new AccountFacts(creds, () => options.keys.records.credentialsChanged());
        return new BaileysSocket({
          ...{ sock, raw, browser, arrivals, peers, groups, facts, options, media, now },
          qrLifetimeMs: engine.qrLifetimeMs,
          offlineStallMs: engine.offlineStallMs,
        });
      } catch (error) {
        options.keys.abandon();
        throw error;
      }
    },
  };
}

/** Baileys' words: operating system, browser, version. The phone shows the first as the device's name. */
type Browser = [string, string, string];

interface Opening extends Pick<SocketParts, "arrivals" | "peers" | "groups"> {
  readonly creds: AuthenticationCreds;
  readonly browser: Browser;
  readonly through: ProxyAgents | undefined;
}

function connect(
  engine: BaileysEngineOptions,
  options: OpenOptions,
  { creds, browser, arrivals, peers, groups, through }: Opening,
): WASocket {
  const { keys, listener, version } = options;
  return makeWASocket({
    ...(through && {
      agent: through.agent,
      fetchAgent: through.agent,
      options: { dispatcher: through.dispatcher },
    }),
    ...(version === undefined ? {} : { version: [...version] }),
    waWebSocketUrl: engine.webSocketUrl ?? DEFAULT_CONNECTION_CONFIG.waWebSocketUrl,
    browser,
    auth: { creds, keys: baileysStore(keys.records) },
    logger: baileysLog(options.log),
    connectTimeoutMs,
    defaultQueryTimeoutMs: queryTimeoutMs,
    keepAliveIntervalMs,
    // Else the owner's phone would show no notifications.
    markOnlineOnConnect: false,
    syncFullHistory: false,
    emitOwnEvents: false,
    shouldIgnoreJid: jid => isJidStatusBroadcast(jid) || isJidNewsletter(jid),
    cachedGroupMetadata: async group => groups.known(group),
    getMessage: async ({ id }) => {
      const payload = id ? await options.payloadOf(id) : undefined;
      return payload && proto.Message.decode(payload);
    },
    makeSignalRepository: exclusiveRepository({
      keys,
      log: options.log,
      now: engine.now ?? systemNow,
      arrivalOf: ciphertext => arrivals.get(ciphertext),
      peerIdOf: ciphertext => peers.get(ciphertext),
      learned: (pnUser, lidUser) => {
        const pn = Jid.safeParse(`${pnUser}@s.whatsapp.net`);
        const lid = Jid.safeParse(`${lidUser}@lid`);
        if (pn.success && lid.success) listener.names(lid.data, pn.data);
      },
    }),
  });
}

const Raw = z.custom<RawSocket>(
  value => z.object({ send: z.function(), terminate: z.function() }).safeParse(value).success,
);

/** The WebSocket that Baileys has made by now and will connect; its type keeps it to itself. */
function rawSocketOf(sock: WASocket): RawSocket {
  return Raw.parse(Reflect.get(sock.ws, "socket"));
}
