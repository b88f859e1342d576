import { derivedId, type Id, type IdPrefix, newId } from "../../domain/id.ts";
import { type Cursors, cursorsFor } from "../../domain/page.ts";
import type { Caller } from "./caller.ts";
import { matchedOf } from "./edge/matched-route.ts";
import type { Exchange } from "./exchange.ts";
import { Unauthorized } from "./refusal.ts";

/** A valid request, as an action sees it. */
export interface Call<P, Q, B> {
  /** Who asks; on a route that needs no key there is nobody, and asking who is a 401. */
  readonly caller: Caller;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly nowMs: number;
  /** Signs the positions of this listing, filtered as it is, for this tenant alone. */
  readonly cursors: Cursors;
  /** Whether an earlier run of this very request (under an Idempotency-Key) ended unanswered: its work may stand. */
  readonly resumed: boolean;
  /** A new id, the same in every run of a request with an Idempotency-Key; `part` tells several of a kind apart. */
  newId<I extends IdPrefix>(prefix: I, part?: string): Id<I>;
  readonly exchange: Exchange;
}

/** An action's view of a request whose parts were read by its schemas. */
export function callOf<P, Q, B>(
  exchange: Exchange,
  cursors: Cursors,
  read: { params: P; query: Q; body: B },
): Call<P, Q, B> {
  const { claim, receivedAtMs } = exchange;
  return {
    ...read,
    get caller() {
      if (exchange.caller === undefined) throw new Unauthorized();
      return exchange.caller;
    },
    nowMs: receivedAtMs,
    cursors,
    resumed: claim?.resumed ?? false,
    newId: (prefix, part = "") =>
      claim === undefined ? newId(prefix, receivedAtMs) : derivedId(prefix, [claim.seed, part], claim.startedAtMs),
    exchange,
  };
}

/** Operators see every tenant, so that their cursors hide nothing: they are signed against accidents alone. */
const operatorCursorKey = "operator";

/** The cursors of this listing: its operation, its path and its filters are part of what is signed. */
export function cursorsOf(exchange: Exchange): Cursors {
  const { endpoint, params } = matchedOf(exchange);
  const { limit: _limit, cursor: _cursor, ...filters } = exchange.query;
  const sorted = Object.entries(filters).sort(([one], [other]) => (one < other ? -1 : 1));
  const scope = [endpoint.route.operationId, ...Object.values(params), ...sorted.flat(2)];
  return cursorsFor(exchange.caller?.cursorKey ?? operatorCursorKey, scope);
}
