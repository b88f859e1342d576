import type { Agent } from "node:https";
import type { WASocket } from "@whiskeysockets/baileys";

/** Where files are downloaded from. */
export interface MediaHost {
  /** With its port where it has one. */
  host(): Promise<string>;
  isTrusted(hostname: string): boolean;
  /** The way there, where it is not the direct one. */
  readonly agent: Agent | undefined;
}

/** WhatsApp's own. Its path is the message's to say, the host is not: whoever writes it would choose whom we call. */
const whatsAppHost: Omit<MediaHost, "agent"> = {
  host: async () => "mmg.whatsapp.net",
  isTrusted: hostname => hostname.endsWith(".whatsapp.net"),
};

/** Another server that speaks the protocol has the media host that it tells logged-in clients of. */
function hostToldBy(sock: Pick<WASocket, "refreshMediaConn">): Omit<MediaHost, "agent"> {
  let told: string | undefined;
  return {
    async host() {
      const [first] = (await sock.refreshMediaConn(false)).hosts;
      if (first === undefined) throw new Error("the server named no media host");
      told = new URL(`https://${first.hostname}`).hostname;
      return first.hostname;
    },
    isTrusted: hostname => hostname === told,
  };
}

export function mediaHost(sock: WASocket, webSocketUrl: string | undefined, agent: Agent | undefined): MediaHost {
  return { ...(webSocketUrl === undefined ? whatsAppHost : hostToldBy(sock)), agent };
}
