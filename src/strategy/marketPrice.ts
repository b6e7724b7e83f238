import { Effect } from "effect"
import type { Signal } from "./Signal.js"
import { noSignals, type Strategy } from "./Strategy.js"

const price = "market@1.0.current_price"

/** The baseline that every forecast has to beat: the market's own price is the probability. It never trades. */
export const marketPrice: Strategy = {
  name: "market-price",
  version: "1.0",
  features: [price],
  intervalMillis: 60_000,
  decide: (vector) => {
    const probability = vector.present(price)
    if (typeof probability !== "number") return noSignals
    const signals: ReadonlyArray<Signal> = [{ kind: "forecast", probability }]
    return Effect.succeed(signals)
  }
}
