import { deflateSync } from "node:zlib";
import { encodeWAMessage, proto, unpadRandomMax16 } from "@whiskeysockets/baileys";

const { HistorySyncType: Type } = proto.HistorySync;

/**
 * What is read of the past. A whole history is never asked for. NON_BLOCKING_DATA has no messages, but may have the salt of
 * tokens for first contacts; the rest of these types is nothing to store.
 */
const readTypes = new Set<unknown>([
  Type.INITIAL_BOOTSTRAP,
  Type.RECENT,
  Type.PUSH_NAME,
  Type.NON_BLOCKING_DATA,
  Type.ON_DEMAND,
]);

/**
 * A phone's notice of a piece of its past, as it is kept, and what Baileys is given in its place: the same notice of
 * nothing. So it answers the phone and goes on with its login as ever, while the history is streamed from what is
 * kept; Baileys itself would acknowledge the notice and then hold all of it in memory (lib/Utils/history.js).
 * Undefined where a message is something else.
 */
export function historyNotice(padded: Uint8Array): { kept: Uint8Array; shown: Uint8Array } | undefined {
  const message = proto.Message.decode(unpadRandomMax16(padded));
  const notice = message.protocolMessage?.historySyncNotification;
  if (!notice || !readTypes.has(notice.syncType)) return undefined;
  const { syncType, chunkOrder, progress, peerDataRequestSessionId } = notice;
  const nothing = proto.HistorySync.encode({ syncType: Type.INITIAL_BOOTSTRAP, conversations: [] }).finish();
  const initialHistBootstrapInlinePayload = deflateSync(nothing);
  const shown = { syncType, chunkOrder, progress, peerDataRequestSessionId, initialHistBootstrapInlinePayload };
  const protocolMessage = { ...message.protocolMessage, historySyncNotification: shown };
  return {
    kept: proto.Message.HistorySyncNotification.encode(notice).finish(),
    shown: encodeWAMessage({ ...message, protocolMessage }),
  };
}
