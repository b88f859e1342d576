import { getBinaryNodeChildren } from "@whiskeysockets/baileys";
import { addressKey, type DeviceAddress } from "./device-address.ts";
import type { IqHandlers } from "./iq-router.ts";
import { keyBundleNodes, readPreKey, readSignedPreKey } from "./key-bundle.ts";
import type { KeyDirectory } from "./key-directory.ts";
import { attribute, childOf, type Stanza, stanza } from "./stanza.ts";
import type { World } from "./world.ts";

const noSuchDevice = { code: "404", text: "item-not-found" };

/** The queries of `xmlns=encrypt`: a device brings its public keys, and gets those of others. */
export function keyQueries(world: World, directory: KeyDirectory): IqHandlers {
  // One device without keys takes nothing from the others: its own <user> says so (measured: Baileys#2521).
  const answerFor = (asker: DeviceAddress, jid: string): Stanza => {
    const address = world.phones.addressOf(jid);
    const refusal = address && world.faults.withoutKeys.refusalOf(address);
    const bundle = address && refusal === undefined ? directory.takeBundle(address) : undefined;
    if (address && bundle) world.stats.sawKeysGiven(addressKey(asker), addressKey(address), world.now());
    return stanza("user", { jid }, bundle ? keyBundleNodes(bundle) : [stanza("error", refusal ?? noSuchDevice)]);
  };
  return {
    "encrypt get count": ({ address }) => ({
      content: [stanza("count", { value: String(world.devices.preKeyCount(address)) })],
    }),
    "encrypt get digest": () => ({ content: [stanza("digest")] }),
    "encrypt get key": ({ address }, { query }) => {
      world.stats.keyQueries++;
      const asked = getBinaryNodeChildren(query, "user").map(user => attribute(user, "jid"));
      return {
        content: [
          stanza(
            "list",
            {},
            asked.map(jid => answerFor(address, jid)),
          ),
        ],
      };
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
