import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isoTime } from "../../domain/clock.ts";
import { newOutboxRow } from "../../domain/outbox/store.ts";
import { kmsDataKeys, secretBox } from "../../domain/secret/envelope.ts";
import { proxyOf, sealProxy } from "../../domain/session/proxy.ts";
import { nextSequence } from "../../domain/session/sequence.ts";
import type { Session } from "../../domain/session/session.ts";
import { changeConnection } from "../../domain/session/settings.ts";
import { eventually } from "../eventually.ts";
import { HostStage } from "./host-stage.ts";
import { httpProxy, type LocalProxy, socksProxy } from "./local-proxies.ts";
import { trustMediaHost } from "./trust-media-host.ts";

let hosts: HostStage;
const proxies: LocalProxy[] = [];
beforeAll(async () => {
  hosts = await HostStage.open();
  trustMediaHost(hosts.stage.whatsapp);
  await hosts.host({ ALLOW_LOOPBACK_PROXIES: "true" });
});
afterAll(async () => {
  await hosts.close();
  await Promise.all(proxies.map(proxy => proxy.close()));
});

async function opened(proxy: Promise<LocalProxy>): Promise<LocalProxy> {
  const running = await proxy;
  proxies.push(running);
  return running;
}

/** As `PATCH /api/sessions/:id` does it. */
async function connectThrough(session: Session, url: string | null): Promise<void> {
  const box = secretBox(kmsDataKeys(hosts.stage.aws.environment.ENCRYPTION_KEY_ARN ?? ""));
  const proxy = url === null ? null : await sealProxy(box, session, url);
  const row = newOutboxRow(session, "control", await nextSequence(hosts.db, session), isoTime(Date.now()));
  await changeConnection(hosts.db, await hosts.read(session), { proxy }, { ...row, type: "session.restart" });
  await hosts.ring(session);
}

const whatsappHost = () => new URL(hosts.stage.whatsapp.websocketUrl).host;

describe("a session with a proxy", () => {
  it.each([
    ["http", httpProxy],
    ["socks5", socksProxy],
  ])("reaches WhatsApp through a proxy that speaks %s, with the credentials, and nothing else", async (kind, open) => {
    const number = kind === "http" ? "5511900000201" : "5511900000202";
    const proxy = await opened(open("user:p@ss/word"));
    const session = await hosts.linked(number);
    await connectThrough(session, `${kind}://user:p%40ss%2Fword@127.0.0.1:${proxy.port}`);
    await eventually("the proxy to be asked", () => proxy.asked.length > 0);
    const connected = await hosts.until(session, "connected");
    expect(proxy.asked).toEqual([{ target: whatsappHost(), credentials: "user:p@ss/word" }]);
    expect(JSON.stringify(connected.statuses.map(({ status }) => status))).toContain("connecting");
    expect(JSON.stringify(await hosts.items("sessions"))).not.toContain("p%40ss");
    await hosts.control.createPhone(`${number}9`, "Bia");
    const sent = await hosts.accept(session, `${number}9`, "through it");
    await hosts.untilMessage(sent, "delivered");

    await connectThrough(session, null);
    await hosts.restart(session);
    await eventually("a new connection without it", async () => {
      const { status, statuses } = await hosts.read(session);
      return status === "connected" && statuses.length > connected.statuses.length;
    });
    expect(proxy.asked).toHaveLength(1);
  });

  it.each([
    ["http", httpProxy, "5511900000205"],
    ["socks5", socksProxy, "5511900000206"],
  ])("takes files through a proxy that speaks %s as well, up and down", async (kind, open, number) => {
    const proxy = await opened(open("user:pass"));
    const { mediaHostname } = hosts.stage.whatsapp;
    const asked = () => proxy.asked.filter(({ target }) => target === mediaHostname).length;
    const session = await hosts.linked(number);
    await connectThrough(session, `${kind}://user:pass@127.0.0.1:${proxy.port}`);
    await eventually("the proxy to be asked", () => proxy.asked.length > 0);
    await hosts.until(session, "connected");
    await hosts.control.createPhone(`${number}9`, "Bia");
    const media = { type: "document", base64: "aGVsbG8=", mimetype: "text/plain", filename: "a.txt" };
    await hosts.control.ok("POST", `/phones/${number}9/messages`, { to: number, media });
    await eventually("the file to come down", async () =>
      (await hosts.history(session, `${number}9@s.whatsapp.net`)).some(message => message.media?.status === "ready"),
    );
    expect(asked()).toBe(1);

    const uploader = hosts.stage.session();
    await hosts.control.createPhone(`${number}8`, "Caio");
    uploader.proxy = proxyOf(`${kind}://user:pass@127.0.0.1:${proxy.port}`, { allowLoopback: true });
    await uploader.link(`${number}8`);
    const file = { kind: "document", path: import.meta.filename, mimetype: "text/plain", filename: "a.ts" } as const;
    await uploader.socket?.encodeMedia({ ...file, caption: null, preview: undefined });
    expect(asked()).toBe(2);
  });

  it("goes on reconnecting while its proxy refuses or cannot be reached, never directly, and says so", async () => {
    const proxy = await opened(httpProxy("user:right"));
    const session = await hosts.linked("5511900000203");
    await connectThrough(session, `http://user:wrong@127.0.0.1:${proxy.port}`);
    const refused = await eventually("the refusal", async () => {
      const now = await hosts.read(session);
      return now.lastDisconnect?.reason === "proxy_unreachable" && now;
    });
    expect(refused).toMatchObject({ status: "connecting", lastDisconnect: { statusCode: 407 } });

    await connectThrough(session, "http://127.0.0.1:9");
    const unreachable = await eventually("that nobody listens", async () => {
      const now = await hosts.read(session);
      return now.lastDisconnect?.statusCode === null && now;
    });
    expect(unreachable).toMatchObject({ status: "connecting", lastDisconnect: { reason: "proxy_unreachable" } });

    await connectThrough(session, `http://user:right@127.0.0.1:${proxy.port}`);
    await hosts.until(session, "connected");
  });

  it("never connects through one that leads to where a customer may not have us go", async () => {
    const session = await hosts.linked("5511900000204");
    await connectThrough(session, "http://10.0.0.1:8080");
    const refused = await eventually("the refusal", async () => {
      const now = await hosts.read(session);
      return now.lastDisconnect?.reason === "proxy_unreachable" && now;
    });
    expect(refused.status).toBe("connecting");
  });
});
