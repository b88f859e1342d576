import { getBinaryNodeChildren } from "@whiskeysockets/baileys";
import type { IqHandlers } from "./iq-router.ts";
import { keyBundleNodes, readPreKey, readSignedPreKey } from "./key-bundle.ts";
import type { KeyDirectory } from "./key-directory.ts";
import { attribute, childOf, type Stanza, stanza } from "./stanza.ts";
import type { World } from "./world.ts";

/** The queries of `xmlns=encrypt`: a device brings its public keys, and gets those of others. */
export function keyQueries(world: World, directory: KeyDirectory): IqHandlers {
  const bundleOf = (jid: string): Stanza[] => {
    const address = world.phones.addressOf(jid);
    const bundle = address && directory.takeBundle(address);
    return bundle ? [stanza("user", { jid }, keyBundleNodes(bundle))] : [];
  };
  return {
    "encrypt get count": ({ address }) => ({
      content: [stanza("count", { value: String(world.devices.preKeyCount(address)) })],
    }),
    "encrypt get digest": () => ({ content: [stanza("digest")] }),
    "encrypt get key": (_client, { query }) => {
      const asked = getBinaryNodeChildren(query, "user").map(user => attribute(user, "jid"));
      return { content: [stanza("list", {}, asked.flatMap(bundleOf))] };
    },
    "encrypt set rotate": ({ address }, { query }) => {
      world.devices.rotateSignedPreKey(address, readSignedPreKey(childOf(query, "skey")));
      return {};
    },
    "encrypt set registration": ({ address }, { iq }) => {
      const preKeys = getBinaryNodeChildren(childOf(iq, "list"), "key").map(readPreKey);
      world.devices.addPreKeys(address, preKeys, readSignedPreKey(childOf(iq, "skey")));
      world.stats.preKeysUploaded += preKeys.length;
      return {};
    },
  };
}
