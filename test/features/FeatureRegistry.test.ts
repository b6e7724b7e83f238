import { Context, Effect, Either, Layer, Schema } from "effect"
import { assert, describe, it } from "vitest"
import { Market } from "../../src/computers/market.js"
import { PriceHistory } from "../../src/computers/priceHistory.js"
import { standardComputers } from "../../src/computers/standard.js"
import { Instant } from "../../src/domain/Instant.js"
import { MarketId } from "../../src/domain/MarketId.js"
import { answerOf } from "../../src/features/answer.js"
import { bindMarket, type BoundMarket } from "../../src/features/BoundMarket.js"
import * as FeatureComputer from "../../src/features/FeatureComputer.js"
import * as FeatureRegistry from "../../src/features/FeatureRegistry.js"
import { Reason } from "../../src/features/Reason.js"
import type { Replay } from "../../src/state/Replay.js"
import { MarketStates, type MarketViews, marketViews, OrderBooks } from "../../src/state/views.js"
import { opening } from "../support/histories.js"
import type { EventBody } from "../support/naive/index.js"
import { replayOf } from "../support/replayOf.js"

const market = MarketId.make("m")
const none = { cacheTtlSecs: 60, features: {}, external: {} }

type Settings = FeatureRegistry.RegistrySettings
type Versions = Settings["features"][string]["versions"]

const serving = (version: string, parameters: Readonly<Record<string, unknown>> = {}, versions: Versions = {}) => ({
  enabled: true,
  version,
  parameters,
  versions
})

const build = (
  computers: ReadonlyArray<FeatureComputer.FeatureComputer<MarketViews>>,
  settings: Partial<Settings> = {}
) => Effect.runSync(Effect.either(FeatureRegistry.make<MarketViews>(computers, { ...none, ...settings })))

const built = (...args: Parameters<typeof build>) => Either.getOrThrow(build(...args))

const refusal = (...args: Parameters<typeof build>) => Either.getOrThrow(Either.flip(build(...args))).message

const named = (
  name: string,
  dependencies: ReadonlyArray<FeatureComputer.AnyComputer>,
  version = "1.0"
) =>
  FeatureComputer.make(name, {
    version,
    ttl: "1 second",
    parameters: Schema.Struct({}),
    features: { one: { unit: "1", description: "one", needs: [] } },
    reads: [],
    dependencies,
    bind: (_market, _parameters, out) =>
      Effect.map(OrderBooks, () => () => {
        out.one.known(1)
      })
  })

/** Twice the market's price, or the reason for which there is none. */
const Doubled = FeatureComputer.make("doubled", {
  version: "1.0",
  ttl: "1 second",
  parameters: Schema.Struct({}),
  features: { price: { unit: "0..2", description: "twice the price", needs: ["quote"] } },
  reads: ["quote", "market_closed"],
  dependencies: [Market],
  bind: Effect.fnUntraced(function*(of, _parameters, out, inputs) {
    yield* (yield* OrderBooks).of(of)
    const price = inputs(Market, "current_price")
    return () => {
      if (price.reason() === Reason.known) out.price.known(2 * price.value())
      else out.price.unknown(price.reason())
    }
  })
})

const ids = (registry: FeatureRegistry.FeatureRegistry<MarketViews>) => registry.groups.map((group) => group.id)

const quote = (seconds: number, best_bid: number, best_ask: number): EventBody => ({
  type: "quote",
  market: "m",
  available_at: opening + seconds * 1000,
  best_bid,
  best_ask
})

const history: ReadonlyArray<EventBody> = [
  quote(0, 0.4, 0.42),
  quote(100, 0.5, 0.52),
  quote(400, 0.6, 0.62),
  { type: "market_closed", market: "m", available_at: opening + 5_000_000 }
]

const replayed = () => replayOf(history.map((event, index) => ({ ...event, sequence: index + 1 })), "m")

const bound = <R>(registry: FeatureRegistry.FeatureRegistry<R | MarketViews>, replay: Replay) =>
  bindMarket(registry, market).pipe(Effect.map((one) => ({ bound: one, replay })))

/** What each group says at `seconds`, all evaluated in their order: its value or reason, by group and feature. */
const answersAt = <R>({ bound: { groups }, replay }: { bound: BoundMarket<R>; replay: Replay }, seconds: number) => {
  const at = Instant(opening + seconds * 1000)
  replay.seek(at)
  return new Map(groups.flatMap((one) => {
    one.evaluate(at)
    const answer = answerOf(one, at)
    return one.group.features.map((feature, i) => {
      const reason = answer.reasons[i] ?? NaN
      return [`${one.group.id}.${feature.name}`, reason === Reason.known ? answer.values[i] : { reason }] as const
    })
  }))
}

describe("the registry", () => {
  it("puts computers after what they depend on, whatever the order in which they are given", () => {
    const a = named("a", [])
    const b = named("b", [a])
    const c = named("c", [b, a])
    for (const given of [[a, b, c], [c, b, a], [b, c, a]]) {
      assert.deepStrictEqual(ids(built(given)), ["a@1.0", "b@1.0", "c@1.0"])
    }
  })

  it("refuses a cycle, and names it", () => {
    const dependencies: Array<FeatureComputer.AnyComputer> = []
    const a = named("a", dependencies)
    const b = named("b", [a])
    dependencies.push(b)
    assert.strictEqual(refusal([a, b]), "feature group a: depends on itself: a@1.0 -> b@1.0 -> a@1.0")
    dependencies.splice(0, 1, a)
    assert.strictEqual(refusal([a]), "feature group a: depends on itself: a@1.0 -> a@1.0")
  })

  it("refuses a dependency that nobody registered", () => {
    const a = named("a", [])
    assert.strictEqual(refusal([named("b", [a])]), "feature group b: depends on a@1.0, which is not registered")
    // another computer of the same name is not the one that is meant
    assert.include(refusal([named("b", [a]), named("a", [])]), "not registered")
  })

  it("refuses a name and version given twice, and a name that configuration has wrong", () => {
    assert.strictEqual(
      refusal([Market, named("market", [])]),
      "feature group market: two computers have this name and version 1.0"
    )
    const misspelt = { features: { markets: serving("1.0") } }
    assert.strictEqual(
      refusal([Market], misspelt),
      "feature group markets: no computer has this name (did you mean market?)"
    )
    assert.strictEqual(
      refusal([Market], { features: { weather: serving("1.0") } }),
      "feature group weather: no computer has this name"
    )
  })

  it("refuses a configured version that the code does not have", () => {
    const missing = { features: { market: serving("2.0") } }
    assert.strictEqual(
      refusal([Market], missing),
      "feature group market: version 2.0 is configured, but the code has 1.0"
    )
    const sibling = { features: { market: serving("1.0", {}, { "3.0+fast": { parameters: {} } }) } }
    assert.strictEqual(
      refusal([Market, named("market", [], "2.0")], sibling),
      "feature group market: version 3.0+fast is configured, but the code has 1.0, 2.0"
    )
  })

  it("refuses parameters that a computer does not take", () => {
    const withParameters = (name: string, parameters: Readonly<Record<string, unknown>>) =>
      refusal(standardComputers, { features: { [name]: serving("1.0", parameters) } })
    assert.strictEqual(
      withParameters("orderbook", { levels: 0 }),
      "feature group orderbook: levels: expected a number between 1 and 1000, got 0"
    )
    assert.strictEqual(
      withParameters("orderbook", { level: 5 }),
      "feature group orderbook: level: expected one of the fields (levels), got \"level\" (did you mean levels?)"
    )
    assert.strictEqual(
      withParameters("market", { levels: 5 }),
      "feature group market: levels: expected no field, got \"levels\""
    )
    assert.include(withParameters("price_history", { window_secs: 0.5 }), "window_secs: expected an integer")
    assert.include(withParameters("sentiment", { keywords: [""] }), "keywords[0]: expected ")
    assert.include(withParameters("sentiment", { scorer: "other@1" }), "scorer: expected \"vader-sentiment@1.1.3\"")
  })

  it("refuses an external group that is called like a computed one", () => {
    const external = { market: { version: "1", fields: { x: "float" as const } } }
    assert.strictEqual(refusal([Market], { external }), "feature group market: a computed group has this name already")
  })

  it("serves two versions of a group side by side", () => {
    const registry = built(standardComputers, {
      features: {
        price_history: serving("1.0", {}, { "1.0+fast": { parameters: { window_secs: 300 }, maxAgeSecs: 5 } })
      }
    })
    const [slow, fast] = registry.computed.filter((group) => group.name === "price_history")
    assert.deepStrictEqual([slow?.id, slow?.isDefault, slow?.maxAgeMillis], ["price_history@1.0", true, undefined])
    assert.deepStrictEqual([fast?.id, fast?.isDefault, fast?.maxAgeMillis], ["price_history@1.0+fast", false, 5_000])
    assert.notStrictEqual(slow?.fingerprint, fast?.fingerprint)
    assert.strictEqual(registry.historyMillis, 21_600_000)

    const replay = replayed()
    const context = marketViews(() => Effect.succeed(replay.state))
    const answers = answersAt(Effect.runSync(Effect.provide(bound(registry, replay), context)), 450)
    // the last 300 s hold the jump at 400 s alone; the series is younger than an hour
    assert.strictEqual(answers.get("price_history@1.0+fast.momentum"), 0.1)
    assert.deepStrictEqual(answers.get("price_history@1.0.momentum"), { reason: Reason.not_enough_history })
    assert.approximately(Number(answers.get("price_history@1.0+fast.volatility")), Math.sqrt(0.01 * 12), 1e-12)
    assert.approximately(Number(answers.get("price_history@1.0.volatility")), Math.sqrt(0.02 * 8), 1e-12)

    const keys = Either.map(
      registry.resolve(["price_history.momentum", "price_history@1.0+fast.momentum", "momentum"]),
      (columns) => columns.map(({ group, key }) => [key, group.id])
    )
    assert.deepStrictEqual(Either.getOrThrow(keys), [
      ["price_history.momentum", "price_history@1.0"],
      ["price_history@1.0+fast.momentum", "price_history@1.0+fast"]
    ])
  })

  it("makes the configured version the default, and keeps the code's own", () => {
    const registry = built([PriceHistory], { features: { price_history: serving("1.0+wide", { window_secs: 7_200 }) } })
    assert.deepStrictEqual(
      registry.computed.map((group) => [group.id, group.isDefault, group.configured.historyMillis]),
      [["price_history@1.0", false, 3_600_000], ["price_history@1.0+wide", true, 7_200_000]]
    )
  })

  it("answers for the shorter of its own ttl, the computer's and the cache's", () => {
    const ttl = (features: Settings["features"], cacheTtlSecs = 60) =>
      built([Market], { features, cacheTtlSecs }).computed[0]?.ttlMillis
    assert.strictEqual(ttl({}), 30_000)
    assert.strictEqual(ttl({}, 10), 10_000)
    assert.strictEqual(ttl({ market: { ...serving("1.0"), ttlSecs: 45 } }), 45_000)
    assert.strictEqual(ttl({ market: { ...serving("1.0"), ttlSecs: 90 } }), 60_000)
  })

  it("gives a computer what it depends on, of the same instant", () => {
    const registry = built([Doubled, Market])
    assert.deepStrictEqual(ids(registry), ["market@1.0", "doubled@1.0"])
    const replay = replayed()
    const context = marketViews(() => Effect.succeed(replay.state))
    const both = Effect.runSync(Effect.provide(bound(registry, replay), context))
    const price = (seconds: number) => {
      const answers = answersAt(both, seconds)
      return [answers.get("market@1.0.current_price"), answers.get("doubled@1.0.price")]
    }
    for (const _ of [1, 2]) {
      assert.deepStrictEqual(price(399), [0.51, 1.02])
      assert.deepStrictEqual(price(400), [0.61, 1.22])
      assert.deepStrictEqual(price(0), [0.41, 0.82])
      assert.deepStrictEqual(price(5_000), [{ reason: Reason.closed }, { reason: Reason.closed }])
      assert.deepStrictEqual(price(-1), [{ reason: Reason.no_market }, { reason: Reason.no_market }])
    }
  })

  it("fingerprints what a computer depends on with it, and nothing that it does not depend on", () => {
    const print = (
      computers: ReadonlyArray<FeatureComputer.FeatureComputer<MarketViews>>,
      features: Settings["features"] = {}
    ) => built(computers, { features }).computed.find((group) => group.name === "doubled")?.fingerprint
    const plain = print([Market, Doubled])
    assert.strictEqual(print([Doubled, Market, PriceHistory]), plain)
    const beside = serving("1.0", {}, { "1.0+again": { parameters: {} } })
    assert.strictEqual(print([Market, Doubled], { market: beside }), plain)
    const other = { ...Market, features: { ...Market.features, volume: { ...Market.features.volume, unit: "EUR" } } }
    assert.notStrictEqual(print([other, { ...Doubled, dependencies: [other] }]), plain)
  })

  it("computes a disabled group for those that depend on it, and answers no request for it", () => {
    const registry = built([Market, Doubled], { features: { market: { ...serving("1.0"), enabled: false } } })
    const replay = replayed()
    const context = marketViews(() => Effect.succeed(replay.state))
    const answers = answersAt(Effect.runSync(Effect.provide(bound(registry, replay), context)), 0)
    assert.strictEqual(answers.get("doubled@1.0.price"), 0.82)
    assert.isTrue(Either.isLeft(registry.resolve(["market.current_price"])))
    assert.isTrue(Either.isLeft(registry.resolve(["market@1.0"])))
    assert.isTrue(Either.isRight(registry.resolve(["doubled"])))
  })
})

describe("a computer with a service of its own", () => {
  class Widths extends Context.Tag("test/Widths")<Widths, {
    readonly of: (of: MarketId) => Effect.Effect<() => number>
  }>() {}

  /** Over whatever states a context holds, live or historical. */
  const widths = Layer.effect(
    Widths,
    Effect.map(MarketStates, (states) => ({
      of: (of) => Effect.map(states.of(of), ({ book }) => () => book.bestAsk() - book.bestBid())
    }))
  )

  const Width = FeatureComputer.makeWithServices("width", widths, {
    version: "1.0",
    ttl: "1 second",
    parameters: Schema.Struct({ factor: Schema.optionalWith(Schema.Finite, { default: () => 1 }) }),
    features: { width: { unit: "millionths", description: "width of the touch", needs: ["quote"] } },
    reads: ["quote"],
    bind: Effect.fnUntraced(function*(of, { factor }, out) {
      const width = yield* (yield* Widths).of(of)
      return () => {
        const now = width() * factor
        if (Number.isNaN(now)) out.width.unknown(Reason.no_data)
        else out.width.known(now)
      }
    })
  })

  const registry = Effect.runSync(FeatureRegistry.make<MarketViews | Widths>([Width, Market], none))

  it("is fingerprinted over the probe with that service", () => {
    const again = Effect.runSync(FeatureRegistry.make<Widths | MarketViews>([Width], none))
    assert.strictEqual(again.computed[0]?.fingerprint, registry.computed[0]?.fingerprint)
    const half = { ...none, features: { width: serving("1.0", { factor: 0.5 }) } }
    const halved = Effect.runSync(FeatureRegistry.make<Widths | MarketViews>([Width], half))
    assert.notStrictEqual(halved.computed[0]?.fingerprint, registry.computed[0]?.fingerprint)
  })

  it("gets it from the context in which it is bound", () => {
    const replay = replayed()
    const views = marketViews(() => Effect.succeed(replay.state))
    const prepared = Effect.runSync(
      bound(registry, replay).pipe(Effect.provide(Layer.provideMerge(widths, Layer.succeedContext(views))))
    )
    assert.strictEqual(answersAt(prepared, 0).get("width@1.0.width"), 20_000)
    assert.deepStrictEqual(answersAt(prepared, -1).get("width@1.0.width"), { reason: Reason.no_market })
  })
})
