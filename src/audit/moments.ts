import { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import type { MarketSummary } from "../store/EventLog.js"
import { seeded } from "./random.js"

/** Which markets and instants an audit looks at. */
export interface Sampling {
  /** (market, instant) pairs that are audited */
  readonly samples: number
  readonly seed: number
  readonly markets?: ReadonlyArray<MarketId> | undefined
  readonly from?: Instant | undefined
  readonly to?: Instant | undefined
}

/** A draw that becomes an instant once the market's events are known. */
export interface Draw {
  /** which of the market's instants, as a share of them */
  readonly share: number
  /** how far from there to the next one */
  readonly onward: number
}

/** How many draws fall on each of the markets that have events in the range. */
export const drawMoments = (
  { from = Instant(-Infinity), markets, samples, seed, to = Instant(Infinity) }: Sampling,
  all: ReadonlyArray<MarketSummary>
): ReadonlyMap<MarketId, ReadonlyArray<Draw>> => {
  const wanted = markets === undefined ? undefined : new Set(markets)
  const inRange = all.filter(({ firstAvailableAt, lastAvailableAt, market }) =>
    (wanted?.has(market) ?? true) && firstAvailableAt <= to && lastAvailableAt >= from
  )
  const random = seeded(seed)
  const drawn = new Map<MarketId, Array<Draw>>()
  for (let sample = 0; sample < samples && inRange.length > 0; sample++) {
    const summary = inRange[Math.floor(random() * inRange.length)]
    const draw = { share: random(), onward: random() }
    if (summary === undefined) continue
    const own = drawn.get(summary.market)
    if (own === undefined) drawn.set(summary.market, [draw])
    else own.push(draw)
  }
  return drawn
}

/**
 * The instants of a market's draws, ascending: a third each at an instant of its events, in the millisecond before one,
 * where a look ahead has the least way to go, and anywhere up to the next one. `instants` are the market's own, ascending.
 */
export const momentsOf = (
  draws: ReadonlyArray<Draw>,
  instants: Float64Array,
  { from = Instant(-Infinity), to = Instant(Infinity) }: Pick<Sampling, "from" | "to">
): ReadonlyArray<Instant> => {
  const own = instants.filter((at) => at >= from && at <= to)
  return draws.flatMap(({ onward, share }) => {
    const place = share * own.length
    const at = own[Math.floor(place)]
    if (at === undefined) return []
    const third = Math.floor(3 * (place % 1))
    const next = own[Math.floor(place) + 1] ?? at
    return [Instant(third === 0 ? at : third === 1 ? Math.max(from, at - 1) : Math.floor(at + onward * (next - at)))]
  }).sort((a, b) => a - b)
}

/** A shuffled order of `count` things (Fisher and Yates). */
export const shuffled = (count: number, seed: number): ReadonlyArray<number> => {
  const random = seeded(seed)
  const order = Array.from({ length: count }, (_, index) => index)
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    const held = order[last] ?? 0
    order[last] = order[other] ?? 0
    order[other] = held
  }
  return order
}
