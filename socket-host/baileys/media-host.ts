import type { WASocket } from "@whiskeysockets/baileys";

/** Where files are downloaded from. */
export interface MediaHost {
  /** With its port where it has one. */
  host(): Promise<string>;
  isTrusted(hostname: string): boolean;
}

/** WhatsApp's own. Its path is the message's to say, the host is not: whoever writes it would choose whom we call. */
const whatsAppHost: MediaHost = {
  host: async () => "mmg.whatsapp.net",
  isTrusted: hostname => hostname.endsWith(".whatsapp.net"),
};

/** Another server that speaks the protocol has the media host that it tells logged-in clients of. */
function hostToldBy(sock: Pick<WASocket, "refreshMediaConn">): MediaHost {
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

export function mediaHost(sock: WASocket, webSocketUrl: string | undefined): MediaHost {
  return webSocketUrl === undefined ? whatsAppHost : hostToldBy(sock);
}
