import { Effect } from "effect"
import type { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import type { EventLog } from "../store/EventLog.js"

/** How a market was resolved, and when that became known. */
export interface Label {
  /** 1, 0 or a fraction */
  readonly outcome: number
  readonly availableAt: number
}

/** The outcome of a market by the newest resolution that was known by an instant, inclusive: a correction counts. */
const labelOf = (log: EventLog["Type"], market: MarketId, knownBy: Instant) =>
  Effect.map(log.read(market, { to: knownBy }), ({ columns }): Label | undefined => {
    const resolutions = columns.find((one) => one.kind === "resolution")
    if (resolutions?.kind !== "resolution") return undefined
    // in the log's order, so the last one is the newest
    const [outcome, availableAt] = [resolutions.outcome.at(-1), resolutions.availableAt.at(-1)]
    return outcome === undefined || availableAt === undefined ? undefined : { outcome, availableAt }
  })

/** Labels of markets, each read once from the log. Features never see them: they come in beside the answers. */
export const makeLabels = (log: EventLog["Type"], knownBy: Instant) => {
  const known = new Map<MarketId, Label | undefined>()
  let newest: number | null = null
  return {
    of: (markets: Iterable<MarketId>) =>
      Effect.gen(function*() {
        for (const market of markets) {
          if (known.has(market)) continue
          const label = yield* labelOf(log, market, knownBy)
          known.set(market, label)
          if (label !== undefined) newest = Math.max(newest ?? 0, label.availableAt)
        }
        const labels: ReadonlyMap<MarketId, Label | undefined> = known
        return labels
      }),
    /** when the newest of them became known; null where there is none */
    newest: () => newest
  }
}
