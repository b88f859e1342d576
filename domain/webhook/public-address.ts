import ipaddr from "ipaddr.js";

/** The part of IPv6 that is handed out for the public internet (RFC 4291 §2.4). */
const globalUnicast6 = ipaddr.parseCIDR("2000::/3");

/** Public by number, but the platform's own service wherever it answers: Azure's metadata and DNS. */
const platformAddresses = new Set(["168.63.129.16"]);

/**
 * Whether an IP address belongs to the public internet: not private, loopback, link-local, carrier-grade NAT,
 * unique-local, multicast, unspecified, reserved or for documentation, and not IPv6 that only wraps an IPv4 address
 * (mapped, compatible, NAT64, 6to4, Teredo), which would reach a private one under another spelling.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== "unicast") return false;
  if (parsed instanceof ipaddr.IPv6) return parsed.match(globalUnicast6);
  return !platformAddresses.has(parsed.toString());
}

/** Whether an IP address is this machine's own: 127.0.0.0/8 or ::1. */
export function isLoopbackAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.parse(address).range() === "loopback";
}
