import type { MeanReversionSettings } from "../../src/strategy/meanReversion.js"
import { bareAdvance, bareAnswer, type BareMarket, bareMarkets } from "./bareFeatures.js"
import type { Columns } from "./columns.js"

interface Run {
  readonly from: number
  readonly to: number
  readonly everyMillis: number
  readonly latencyMillis: number
}

/** +1 where YES is to be taken at the ask, -1 where it is to be let go at the bid (NO bought), 0 for nothing. */
const decide = (out: Columns, held: number, settings: MeanReversionSettings): number => {
  const [[price = NaN] = [], [spread = NaN] = [], [volatility = NaN] = [], , [z = NaN] = []] = out
  if (Number.isNaN(price + spread + volatility + z) || spread > 0.1) return 0
  if (held > 0) return z <= settings.exitZ ? -1 : 0
  if (held < 0) return z >= -settings.exitZ ? 1 : 0
  // what a double makes of 0.02 must not decide
  if (volatility < settings.minVolatility || spread > settings.maxSpread + 1e-9) return 0
  return z >= settings.entryZ ? 1 : z <= -settings.entryZ ? -1 : 0
}

/** Whether the touch some time later is still as good as the one that was decided on. */
const fills = ({ ask, at, bid }: BareMarket, newest: number, side: number, until: number): boolean => {
  let then = newest
  while ((at[then + 1] ?? Infinity) <= until) then++
  const [high, low] = [ask[then] ?? NaN, bid[then] ?? NaN]
  return high > low && (side > 0 ? high <= (ask[newest] ?? NaN) : low >= (bid[newest] ?? NaN))
}

/** Mean reversion in bare loops, market by market: no account, no limits, no journal. Orders, fills and shares. */
export const bareBacktest = (
  quotes: Columns,
  markets: number,
  settings: MeanReversionSettings,
  { everyMillis, from, latencyMillis, to }: Run
): Columns => {
  let [orders, filled] = [0, 0]
  for (const market of bareMarkets(quotes, markets)) {
    const places = { newest: -1, last: -1, old: -1 }
    let held = 0
    const out = Array.from({ length: 6 }, () => new Float64Array(1))
    for (let at = from; at <= to; at += everyMillis) {
      for (const column of out) column[0] = NaN
      bareAdvance(market, at, places)
      bareAnswer(market, at, places, out, 0)
      const side = decide(out, held, settings)
      if (side === 0) continue
      orders++
      if (at + latencyMillis > to || !fills(market, places.newest, side, at + latencyMillis)) continue
      filled++
      held += side
    }
  }
  return [Float64Array.of(orders, filled, filled * settings.orderShares)]
}
