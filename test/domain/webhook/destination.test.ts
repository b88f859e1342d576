import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DestinationRefused, destinationOf, mayConnect } from "../../../domain/webhook/destination.ts";
import { refusedAddresses, refusedHosts } from "./refused-addresses.ts";

const deployed = { allowLoopback: false };
const local = { allowLoopback: true };
const hostOf = (address: string) => (address.includes(":") ? `[${address}]` : address);

describe("a webhook's URL", () => {
  test.each([
    "https://example.com/hook",
    "https://example.com:8443/hook?a=1#part",
    "https://EXAMPLE.com.",
    "https://bücher.example/",
    "https://8.8.8.8/",
    "https://[2606:4700::1111]/hook",
    "https://localhost.example.com/",
  ])("may be %s", url => {
    expect(destinationOf(url, deployed).reach).toBe("public");
  });

  test.each(refusedAddresses.map(hostOf))("may not have the address %s", host => {
    expect(() => destinationOf(`https://${host}/hook`, deployed)).toThrow(DestinationRefused);
  });

  test.each(refusedHosts)("may not have the host %s", host => {
    expect(() => destinationOf(`https://${host}/hook`, deployed)).toThrow(DestinationRefused);
  });

  test.each([
    "http://example.com/hook",
    "ftp://example.com/",
    "javascript:alert(1)",
    "file:///etc/passwd",
    "https://user@example.com/",
    "https://user:secret@example.com/",
    "https://exam\nple.com/",
    "https:\\\\example.com",
    "https:example.com",
    "https:///example.com",
    " https://example.com",
    "https://",
    "https://[fe80::1%25eth0]/",
    "https://999.999.999.999/",
    "example.com",
    "",
    `https://example.com/${"a".repeat(2_048)}`,
  ])("may not be %j", url => {
    expect(() => destinationOf(url, deployed)).toThrow(DestinationRefused);
  });
});

describe("a webhook's URL under the local runner", () => {
  test.each([
    "http://127.0.0.1:4000/hook",
    "http://localhost:4000",
    "http://[::1]:4000/",
    "http://hook.localhost/",
    "https://127.1/",
  ])("may be %s", url => {
    expect(destinationOf(url, local).reach).toBe("loopback");
  });

  test.each(["http://example.com/", "http://192.168.0.10/", "https://10.0.0.1/", "http://169.254.169.254/"])(
    "may still not be %s",
    url => {
      expect(() => destinationOf(url, local)).toThrow(DestinationRefused);
    },
  );

  test("leads to loopback alone when it says loopback, and never there when it says a public name", () => {
    const loopback = destinationOf("http://hook.localhost/", local);
    expect(mayConnect(loopback, "127.0.0.1")).toBe(true);
    expect(mayConnect(loopback, "8.8.8.8")).toBe(false);
    expect(mayConnect(destinationOf("https://example.com", local), "127.0.0.1")).toBe(false);
  });
});

describe("the address a name leads to", () => {
  const destination = destinationOf("https://example.com", deployed);

  test.each(refusedAddresses)("may not be %s", address => {
    expect(mayConnect(destination, address)).toBe(false);
  });

  test.each(["8.8.8.8", "1.1.1.1", "172.15.255.255", "172.32.0.1", "2606:4700::1111", "2a00:1450:4001::5"])(
    "may be %s",
    address => {
      expect(mayConnect(destination, address)).toBe(true);
    },
  );

  test("may be nothing that is not an address", () => {
    fc.assert(fc.property(fc.string(), text => !mayConnect(destination, `x${text}`)));
  });

  test("never is a private IPv4 address in any number of parts or base", () => {
    const inside = fc.oneof(
      fc.tuple(fc.constant(10), fc.nat(255), fc.nat(255), fc.nat(255)),
      fc.tuple(fc.constant(127), fc.nat(255), fc.nat(255), fc.nat(255)),
      fc.tuple(fc.constant(192), fc.constant(168), fc.nat(255), fc.nat(255)),
      fc.tuple(fc.constant(169), fc.constant(254), fc.nat(255), fc.nat(255)),
    );
    const base = fc.constantFrom(8, 10, 16);
    fc.assert(
      fc.property(inside, base, fc.integer({ min: 1, max: 4 }), (parts, radix, count) => {
        const last = parts.slice(count - 1).reduce((sum, part) => sum * 256 + part, 0);
        const spelt = [...parts.slice(0, count - 1), last].map(part => spellNumber(part, radix)).join(".");
        expect(() => destinationOf(`https://${spelt}/`, deployed)).toThrow(DestinationRefused);
      }),
    );
  });
});

function spellNumber(value: number, radix: number): string {
  const prefix = { 8: "0", 10: "", 16: "0x" }[radix] ?? "";
  return `${prefix}${value.toString(radix)}`;
}
