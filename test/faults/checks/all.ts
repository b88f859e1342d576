import type { History, Violation } from "../history.ts";
import { checkInboundOrder, checkOutboundOrder } from "./chat-order.ts";
import { checkEventLog, checkWebhooks } from "./event-log.ts";
import { checkInbound } from "./inbound.ts";
import { checkKeyVersions } from "./key-versions.ts";
import { checkOutbound } from "./outbound.ts";
import { checkSockets } from "./sockets.ts";

/** Every promise held against everything that was seen. */
export function violationsOf(history: History): Violation[] {
  return [
    ...checkOutbound(history),
    ...checkOutboundOrder(history),
    ...checkInbound(history),
    ...checkInboundOrder(history),
    ...checkEventLog(history),
    ...checkWebhooks(history),
    ...checkSockets(history),
    ...checkKeyVersions(history),
  ];
}
