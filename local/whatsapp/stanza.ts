import { type BinaryNode, getBinaryNodeChild, getBinaryNodeChildBuffer } from "@whiskeysockets/baileys";

/** The server's own name as stanzas carry it. Baileys ignores, silently, anything from `s.whatsapp.net` without the `@`. */
export const SERVER_JID = "@s.whatsapp.net";

export type Stanza = BinaryNode;

/** A stanza, its undefined attributes left out. */
export function stanza(
  tag: string,
  attributes: Record<string, string | undefined> = {},
  content?: Stanza["content"],
): Stanza {
  const attrs: Record<string, string> = {};
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) attrs[name] = value;
  return content === undefined ? { tag, attrs } : { tag, attrs, content };
}

/** What a client sent is not what the protocol says; the message names the missing part, never its content. */
export class MalformedStanza extends Error {
  readonly code = "malformed_stanza";
  override readonly name = "MalformedStanza";
}

export function attribute(node: Stanza, name: string): string {
  const value = node.attrs[name];
  if (!value) throw new MalformedStanza(`<${node.tag}> has no ${name}`);
  return value;
}

export function childOf(node: Stanza, tag: string): Stanza {
  const child = getBinaryNodeChild(node, tag);
  if (!child) throw new MalformedStanza(`<${node.tag}> has no <${tag}>`);
  return child;
}

export function bytesOf(node: Stanza, childTag: string): Buffer {
  const bytes = getBinaryNodeChildBuffer(node, childTag);
  if (!bytes) throw new MalformedStanza(`<${node.tag}> has no bytes in <${childTag}>`);
  return Buffer.from(bytes);
}

/** The text of a node, which the codec hands over as a string where it packed one and as bytes where it did not. */
export function textOf(node: Stanza): string {
  if (typeof node.content === "string") return node.content;
  return node.content instanceof Uint8Array ? Buffer.from(node.content).toString("utf8") : "";
}

export function firstChild(node: Stanza): Stanza | undefined {
  return Array.isArray(node.content) ? node.content[0] : undefined;
}

export function unsigned(bytes: Uint8Array): number {
  const buffer = Buffer.from(bytes);
  return buffer.length === 0 ? 0 : buffer.readUIntBE(0, Math.min(buffer.length, 6));
}

export function bigEndian(value: number, length: 3 | 4): Buffer {
  const bytes = Buffer.alloc(length);
  bytes.writeUIntBE(value, 0, length);
  return bytes;
}

export function unixSeconds(epochMs: number): string {
  return String(Math.floor(epochMs / 1000));
}
