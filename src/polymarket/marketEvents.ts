import { Equivalence } from "effect"
import type { EventBody, MarketEvent, MarketSnapshot } from "../domain/Event.js"
import type { VenueMarket } from "./VenueMarket.js"
import { polymarket } from "./venueName.js"

const strict = Equivalence.strict<unknown>()

const isSameSnapshot: Equivalence.Equivalence<MarketSnapshot> = Equivalence.struct(
  {
    question: strict,
    category: strict,
    tags: Equivalence.array(strict),
    startDate: strict,
    endDate: strict,
    resolutionDate: strict,
    liquidity: strict,
    volume24h: strict,
    tickSize: strict
  } satisfies Record<keyof MarketSnapshot, unknown>
)

/** What is told of a market as it is described: all but who it is. */
export type Description = Pick<VenueMarket, "snapshot" | "closed" | "outcome">

/**
 * The events by which the log catches up with a market's description: its snapshot where it differs from the last one told,
 * then its end, then its outcome, each once. Once closed a market is described no more: what its row says from then on is
 * less (amounts known only afterwards are kept back), not newer.
 */
export const marketEvents = (
  told: Description | undefined,
  now: VenueMarket
): ReadonlyArray<MarketEvent> => {
  const isNews = told === undefined || (!now.closed && !isSameSnapshot(told.snapshot, now.snapshot))
  const bodies: ReadonlyArray<EventBody> = [
    ...isNews ? [{ kind: "market", snapshot: now.snapshot } as const] : [],
    ...now.closed && told?.closed !== true ? [{ kind: "market_closed" } as const] : [],
    ...now.outcome !== undefined && now.outcome !== told?.outcome
      ? [{ kind: "resolution", outcome: now.outcome } as const]
      : []
  ]
  return bodies.map((body) => ({ market: now.id, source: polymarket, eventTime: undefined, body }))
}
