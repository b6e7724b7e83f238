import { Effect, Either } from "effect"
import { standardComputers } from "../../src/computers/standard.js"
import { Instant } from "../../src/domain/Instant.js"
import { MarketId } from "../../src/domain/MarketId.js"
import { showProblem } from "../../src/domain/problems.js"
import { answerOf } from "../../src/features/answer.js"
import { bindMarket, type BoundMarket } from "../../src/features/BoundMarket.js"
import * as FeatureRegistry from "../../src/features/FeatureRegistry.js"
import { FeatureVector } from "../../src/features/FeatureVector.js"
import type { ComputedGroup } from "../../src/features/Group.js"
import type { MarketState } from "../../src/state/MarketState.js"
import { type MarketViews, marketViews } from "../../src/state/views.js"
import type { FeatureName, NaiveParameters } from "./naive/index.js"

/** The standard groups as the code has them, nothing configured. */
export const standardRegistry = Effect.runSync(
  FeatureRegistry.make<MarketViews>(standardComputers, { cacheTtlSecs: 60, features: {}, external: {} })
)

const parametersOf = (name: string, parameters: NaiveParameters): unknown => {
  switch (name) {
    case "orderbook":
      return parameters.orderbook
    case "sentiment":
      return parameters.sentiment
    case "price_history":
      return parameters.price_history
    default:
      return {}
  }
}

const maxAgesOf = (parameters: NaiveParameters): Readonly<Record<string, number | undefined>> => ({
  ...parameters.maxAgeSecs
})

type Registry = FeatureRegistry.FeatureRegistry<MarketViews>

/** The standard groups with other parameters; their fingerprints stay those of the defaults. */
export const registryWith = (parameters: NaiveParameters): Registry => {
  const computed = standardRegistry.computed.map((group): ComputedGroup<MarketViews> => {
    const maxAgeSecs = maxAgesOf(parameters)[group.name]
    return {
      ...group,
      configured: Either.getOrThrowWith(
        group.computer.configure(parametersOf(group.name, parameters)),
        (problem) => new Error(showProblem(problem))
      ),
      maxAgeMillis: maxAgeSecs === undefined ? undefined : maxAgeSecs * 1000
    }
  })
  return { ...standardRegistry, computed, groups: computed }
}

/** The bits of all features at one instant, with what status and age come from. */
export interface Bits {
  readonly values: Float64Array
  readonly reasons: Uint8Array
  readonly bornAt: Float64Array
  readonly neededAt: Float64Array
}

/** The standard groups over a state that somebody else moves through time. */
export class Evaluator {
  readonly #bound: BoundMarket<MarketViews>
  readonly #columns

  constructor(state: MarketState, registry: Registry = standardRegistry) {
    this.#bound = Effect.runSync(
      bindMarket(registry, MarketId.make("m")).pipe(Effect.provide(marketViews(() => Effect.succeed(state))))
    )
    this.#columns = registry.computed.flatMap((group) =>
      group.features.map((feature) => ({ key: `${group.name}.${feature.name}`, group, feature }))
    )
  }

  /** The names of the features, in the order of their bits. */
  names(): ReadonlyArray<string> {
    return this.#columns.map((column) => column.key)
  }

  groups(): BoundMarket<MarketViews>["groups"] {
    return this.#bound.groups
  }

  /** All features at `at`, to which the state has been moved. */
  vector(at: number): FeatureVector<MarketViews> {
    const instant = Instant(at)
    const answers = new Map(this.#bound.groups.map((bound) => {
      bound.evaluate(instant)
      return [bound.group.id, answerOf(bound, instant)] as const
    }))
    return new FeatureVector(this.#bound.market, instant, this.#bound.state.sequence, this.#columns, answers)
  }

  /** All features at `at`, to which the state has been moved, as bits. */
  bits(at: number): Bits {
    const instant = Instant(at)
    const width = this.#columns.length
    const bits = {
      values: new Float64Array(width),
      reasons: new Uint8Array(width),
      bornAt: new Float64Array(width),
      neededAt: new Float64Array(width)
    }
    let offset = 0
    for (const bound of this.#bound.groups) {
      bound.evaluate(instant)
      const answer = answerOf(bound, instant)
      bits.values.set(bound.row.values, offset)
      bits.reasons.set(answer.reasons, offset)
      bits.bornAt.set(answer.bornAt, offset)
      bits.neededAt.set(answer.neededAt, offset)
      offset += bound.group.features.length
    }
    return bits
  }
}

/** The names of the features whose bits differ; all NaN are one. */
export const differences = (names: ReadonlyArray<string>, a: Bits, b: Bits): ReadonlyArray<string> =>
  names.filter((_, i) =>
    a.reasons[i] !== b.reasons[i] ||
    !Object.is(a.values[i], b.values[i]) ||
    !Object.is(a.bornAt[i], b.bornAt[i]) ||
    !Object.is(a.neededAt[i], b.neededAt[i])
  )

/** What naive and computed answers must share bit by bit: no more than one division of integers. */
export const exactFeatures: ReadonlySet<FeatureName> = new Set<FeatureName>([
  "market.liquidity",
  "market.volume",
  "market.time_to_expiry",
  "market.current_price",
  "market.price_spread",
  "orderbook.bid_depth",
  "orderbook.ask_depth",
  "orderbook.imbalance_ratio",
  "sentiment.keyword_count",
  "temporal.hour_of_day",
  "temporal.day_of_week",
  "temporal.time_to_resolution",
  "temporal.market_age",
  "price_history.momentum"
])
