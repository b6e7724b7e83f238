import { Effect } from "effect"
import { formatInstant, type Instant } from "../../domain/Instant.js"
import type { MarketId } from "../../domain/MarketId.js"
import type { FeatureValue, FeatureVector } from "../../features/FeatureVector.js"
import { FeatureStore } from "../../store/FeatureStore.js"
import type { Colors } from "../terminal/Output.js"
import { table } from "../terminal/table.js"
import { duration } from "../terminal/text.js"

const shown = [
  ["price", "market.current_price"],
  ["spread", "market.price_spread"],
  ["volume", "market.volume"],
  ["volatility", "price_history.volatility"],
  ["momentum", "price_history.momentum"],
  ["to resolution", "temporal.time_to_resolution"]
] as const

/** Every market as of every instant, through the store. */
export const vectorsAt = (
  markets: ReadonlyArray<MarketId>,
  instants: ReadonlyArray<Instant>,
  references: ReadonlyArray<string>
) =>
  Effect.flatMap(
    FeatureStore,
    (store) =>
      Effect.forEach(markets.flatMap((market) => instants.map((at) => ({ market, at }))), ({ at, market }) =>
        store.getFeaturesAt(market, at, references))
  )

const cell = (colors: Colors, key: string, answer: FeatureValue | undefined): string => {
  if (typeof answer?.value !== "number") return colors.dim(answer?.reason ?? "-")
  if (key === "temporal.time_to_resolution") return duration(answer.value * 1000)
  return `${Number(answer.value.toPrecision(4))}`
}

export const renderVectors = (vectors: ReadonlyArray<FeatureVector<unknown>>) => (colors: Colors): string =>
  table(
    colors,
    {
      head: ["market", "as of", ...shown.map(([name]) => name)],
      align: ["left", "left", ...shown.map(() => "right" as const)]
    },
    vectors.map((vector, index) => [
      vectors[index - 1]?.market === vector.market ? "" : vector.market,
      formatInstant(vector.asOf).slice(0, 16),
      ...shown.map(([, key]) => cell(colors, key, vector.get(key)))
    ])
  )
