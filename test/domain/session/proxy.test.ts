import { describe, expect, it } from "vitest";
import { proxyOf } from "../../../domain/session/proxy.ts";

const deployed = { allowLoopback: false };
const local = { allowLoopback: true };

describe("a proxy's URL", () => {
  it.each([
    ["http://proxy.example.com", { kind: "http", host: "proxy.example.com", port: 80, username: "", password: "" }],
    ["https://proxy.example.com", { kind: "https", port: 443 }],
    ["socks5://proxy.example.com", { kind: "socks5", port: 1080 }],
    ["socks5://proxy.example.com:80", { port: 80 }],
    ["http://proxy.example.com:8080/", { port: 8080, reach: "public" }],
    ["http://user:p%40ss%3A@8.8.8.8:3128", { username: "user", password: "p@ss:", host: "8.8.8.8" }],
    ["socks5://[2606:4700::1111]:1080", { host: "2606:4700::1111" }],
  ])("is read: %s", (text, expected) => {
    expect(proxyOf(text, deployed)).toMatchObject(expected);
  });

  it.each([
    "",
    "proxy.example.com:8080",
    "ftp://proxy.example.com",
    "socks4://proxy.example.com",
    "http://proxy.example.com/path",
    "http://proxy.example.com?x=1",
    "http://proxy.example.com#x",
    "http://user:%zz@proxy.example.com",
    `http://${"a".repeat(2_050)}.com`,
    "http://proxy.example.com\n",
    "http://127.0.0.1:8080",
    "http://localhost:8080",
    "http://10.1.2.3",
    "https://192.168.0.1",
    "http://169.254.169.254",
    "socks5://0x7f000001:1080",
    "socks5://2130706433:1080",
    "socks5://127.1:1080",
    "socks5://[::1]:1080",
    "socks5://[::ffff:10.0.0.1]:1080",
    "socks5://proxy.internal:1080",
    "http://user:password@metadata.internal",
  ])("is refused: %j", text => {
    expect(() => proxyOf(text, deployed)).toThrow(expect.objectContaining({ code: "destination_refused" }));
  });

  it("is never repeated by what refuses it", () => {
    const secret = "http://user:hunter2@10.0.0.1";
    expect(() => proxyOf(secret, deployed)).not.toThrow(/hunter2/);
  });

  it("may lead to this machine, and to no other private one, under the local runner", () => {
    expect(proxyOf("socks5://127.0.0.1:1080", local)).toMatchObject({ reach: "loopback" });
    expect(() => proxyOf("socks5://10.0.0.1:1080", local)).toThrow();
  });
});
