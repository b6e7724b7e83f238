import { Effect } from "effect"
import type { EventColumns } from "../../domain/EventColumns.js"
import { Instant } from "../../domain/Instant.js"
import type { MarketId } from "../../domain/MarketId.js"
import { EventLog, type MarketSummary } from "../../store/EventLog.js"

/** When a market's quotes had both sides, and when just one. */
interface Sides {
  readonly market: MarketId
  readonly both: ReadonlyArray<Instant>
  readonly one: ReadonlyArray<Instant>
}

const sidesOf = (market: MarketId, columns: ReadonlyArray<EventColumns>): Sides => {
  const both: Array<Instant> = []
  const one: Array<Instant> = []
  for (const column of columns) {
    if (column.kind !== "quote") continue
    for (let row = 0; row < column.rows; row++) {
      const missing = Number(Number.isNaN(column.bestBid[row])) + Number(Number.isNaN(column.bestAsk[row]))
      const at = Instant(column.availableAt[row] ?? 0)
      if (missing === 0) both.push(at)
      else if (missing === 1) one.push(at)
    }
  }
  return { market, both, one }
}

const at = (instants: ReadonlyArray<Instant>, share: number): ReadonlyArray<Instant> => {
  const index = Math.floor(instants.length * share)
  return instants.slice(index, index + 1)
}

/** What the demo looks at, and how many quotes there are. */
export interface Choice {
  readonly markets: ReadonlyArray<MarketId>
  readonly instants: ReadonlyArray<Instant>
  readonly quotes: number
}

/**
 * Three markets and three instants, the same in every run: the two with the most two-sided quotes and the one that most
 * often had a single side; and of this one's quotes two with a single side and one with both.
 */
export const choose = (summaries: ReadonlyArray<MarketSummary>) =>
  Effect.gen(function*() {
    const log = yield* EventLog
    const all = yield* Effect.forEach(summaries, ({ market }) =>
      Effect.map(log.read(market), ({ columns }) => ({ columns, sides: sidesOf(market, columns) })))
    const sides = all.map((one) =>
      one.sides
    )
    const oneSided = [...sides].sort((a, b) => b.one.length - a.one.length).slice(0, 1)
    const twoSided = sides.filter((one) => !oneSided.includes(one)).sort((a, b) => b.both.length - a.both.length)
    const instants = oneSided.flatMap(({ both, one }) => [...at(one, 1 / 3), ...at(both, 1 / 2), ...at(one, 2 / 3)])
    const choice: Choice = {
      markets: [...twoSided.slice(0, 2), ...oneSided].map((one) => one.market),
      instants: instants.sort((a, b) => a - b),
      quotes: all.reduce(
        (sum, { columns }) => sum + columns.reduce((rows, each) => rows + (each.kind === "quote" ? each.rows : 0), 0),
        0
      )
    }
    return choice
  })

const day = 86_400_000

/** The whole day in the middle of the log: its first minute, and its last. */
export const middleDay = (summaries: ReadonlyArray<MarketSummary>): readonly [from: Instant, to: Instant] => {
  const first = Math.min(...summaries.map((market) => market.firstAvailableAt))
  const last = Math.max(...summaries.map((market) => market.lastAvailableAt))
  const from = Math.floor((first + last) / 2 / day) * day
  return [Instant(from), Instant(from + day - 60_000)]
}
