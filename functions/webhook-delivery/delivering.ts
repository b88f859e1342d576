import type { Now } from "../../domain/clock.ts";
import type { Db } from "../../domain/dynamodb/db.ts";
import type { EventTopic } from "../../domain/event/publisher.ts";
import type { Log } from "../../domain/log.ts";
import type { SecretBox } from "../../domain/secret/envelope.ts";
import type { Delivery } from "../../domain/webhook/delivery.ts";
import type { DeliveryQueue } from "../../domain/webhook/delivery-command.ts";
import type { DestinationRules } from "../../domain/webhook/destination.ts";
import type { Entered } from "../../domain/webhook/gate-store.ts";
import type { Webhook } from "../../domain/webhook/webhook.ts";
import type { Network } from "./post.ts";

/** What delivering works with. */
export interface Delivering {
  readonly db: Db<"webhooks" | "deliveries" | "events" | "usage">;
  readonly queue: DeliveryQueue;
  readonly topic: EventTopic;
  readonly box: SecretBox;
  readonly rules: DestinationRules;
  readonly network: Network;
  readonly userAgent: string;
  /** Tries that one endpoint may have under way at once. */
  readonly slotsMax: number;
  readonly now: Now;
  readonly random: () => number;
  readonly log: Log;
}

/** A delivery whose next try is to be made now, with all that it needs. */
export interface Prepared {
  readonly delivery: Delivery;
  readonly webhook: Webhook;
  readonly secrets: readonly string[];
  readonly entered: Entered;
}
