import { Effect, Either, Record, Schema } from "effect"
import { assert, describe, it } from "vitest"
import { standardComputers } from "../../src/computers/standard.js"
import { MarketId } from "../../src/domain/MarketId.js"
import * as FeatureComputer from "../../src/features/FeatureComputer.js"
import * as FeatureRegistry from "../../src/features/FeatureRegistry.js"
import { canonicalJson, type Fingerprint, fingerprintOf } from "../../src/features/fingerprint.js"
import { probeColumns, probeInstants } from "../../src/features/probe.js"
import { Reason, type Reason as ReasonName, reasonOf } from "../../src/features/Reason.js"
import { Row } from "../../src/features/Row.js"
import { Replay } from "../../src/state/Replay.js"
import { type MarketViews, marketViews, OrderBooks } from "../../src/state/views.js"
import { standardRegistry } from "../support/evaluate.js"

type Computer = FeatureComputer.FeatureComputer<MarketViews>

const computers: ReadonlyArray<Computer> = standardComputers

/** The same computer, with something done to its row after each evaluation. */
const wrapped = (computer: Computer, after: (row: Row) => void): Computer => ({
  ...computer,
  configure: (raw) =>
    Either.map(computer.configure(raw), (configured) => ({
      ...configured,
      bindProbe: (market, row, rowOf) =>
        Effect.map(configured.bindProbe(market, row, rowOf), (kernel) => (at) => {
          kernel(at)
          after(row)
        })
    }))
})

const fingerprint = (computer: Computer, parameters: unknown = {}): Fingerprint =>
  Effect.runSync(Effect.scoped(fingerprintOf([{
    computer,
    version: computer.version,
    configured: Either.getOrThrow(computer.configure(parameters))
  }], [])))

/** By feature, the reasons that the probe shows, `known` among them. */
const visited = (computer: Computer): Readonly<Record<string, ReadonlyArray<string>>> => {
  const seen = new Map(Object.keys(computer.features).map((name) => [name, new Set<string>()]))
  fingerprint(wrapped(computer, (row) => {
    Object.keys(computer.features).forEach((name, i) => {
      seen.get(name)?.add(reasonOf(row.reasons[i] ?? 0) ?? "known")
    })
  }))
  return Object.fromEntries([...seen].map(([name, reasons]) => [name, [...reasons].sort()]))
}

const standing = ["closed", "feed_gap"] as const
const touch = ["empty_book", "one_sided_book", "crossed_book"] as const

/** Why each feature may be unknown; `no_market` aside, which no kernel says. */
const possible: Readonly<Record<string, Readonly<Record<string, ReadonlyArray<ReasonName>>>>> = {
  market: {
    liquidity: ["no_data"],
    volume: ["no_data"],
    time_to_expiry: ["no_end_date"],
    current_price: [...standing, "no_data", ...touch, "wide_spread"],
    price_spread: [...standing, "no_data", ...touch]
  },
  orderbook: {
    bid_depth: [...standing, "no_data", "no_depth"],
    ask_depth: [...standing, "no_data", "no_depth"],
    imbalance_ratio: [...standing, "no_data", "no_depth", "empty_book"],
    microprice: [...standing, "no_data", "no_depth", ...touch],
    weighted_mid: [...standing, "no_data", "no_depth", ...touch]
  },
  sentiment: {
    sentiment_score: ["no_data", "source_down"],
    keyword_count: ["source_down"],
    source_diversity: ["no_data"]
  },
  temporal: {
    hour_of_day: [],
    day_of_week: [],
    time_to_resolution: ["no_end_date"],
    market_age: ["no_start_date", "not_started"]
  },
  price_history: {
    volatility: [...standing, "not_enough_history"],
    momentum: [...standing, "not_enough_history"],
    mean_reversion_signal: [...standing, "not_enough_history", "zero_variance"],
    price_velocity: [...standing, "not_enough_history"]
  }
}

const lastBit = 1 + Number.EPSILON

describe("fingerprints", () => {
  it("of the standard groups are these", () => {
    // A change here means that stored values no longer compare: give the group a new version, and add a row for it.
    const golden = {
      "market@1.0": "sha256:dc52af174add54e318c88c7a5f1af2fa7fb428e4a726528a0012b2bf33cce14f",
      "orderbook@1.0": "sha256:9a5923a1c637f823f368713aa20f27f7fb789a8c1457160f0b9e1a6b8fc2de0a",
      "price_history@1.0": "sha256:a2a1475dbc7e62e5f8efa27b88d6628029179c4675e099bc520c4f441a7e8107",
      "sentiment@1.0": "sha256:8adc39d3f62e6ae808230b74e3b255910c54308272a970b9193a5fae3a23bb14",
      "temporal@1.0": "sha256:f181a24547e74b1301fc428555f1fb45a672623ef7697ed634016b3a1328b648"
    }
    assert.deepStrictEqual<unknown>(
      Object.fromEntries(standardRegistry.computed.map((group) => [group.id, group.fingerprint])),
      golden
    )
  })

  it("are the same whenever they are taken", () => {
    const again = Effect.runSync(
      FeatureRegistry.make<MarketViews>([...standardComputers].reverse(), {
        cacheTtlSecs: 1,
        features: {},
        external: {}
      })
    )
    const of = (registry: FeatureRegistry.FeatureRegistry<MarketViews>) =>
      registry.computed.map((group) => [group.id, group.fingerprint] as const).sort()
    assert.deepStrictEqual(of(again), of(standardRegistry))
    for (const computer of computers) assert.strictEqual(fingerprint(computer), fingerprint(computer))
  })

  it("rest on a history that shows each feature known, and unknown for every reason it may have", () => {
    for (const computer of computers) {
      const reasons = possible[computer.name] ?? {}
      assert.deepStrictEqual(visited(computer), Record.map(reasons, (all) => ["known", ...all].sort()))
    }
  })

  it("change with the last bit of any output", () => {
    for (const computer of computers) {
      const plain = fingerprint(computer)
      Object.keys(computer.features).forEach((name, i) => {
        const changed = wrapped(computer, (row) => {
          row.values[i] = (row.values[i] ?? 0) * lastBit
        })
        assert.notStrictEqual(fingerprint(changed), plain, name)
      })
    }
  })

  it("change with any one reason of any output", () => {
    for (const computer of computers) {
      const plain = fingerprint(computer)
      Object.keys(computer.features).forEach((name, i) => {
        for (const reason of ["known" as const, ...possible[computer.name]?.[name] ?? []]) {
          const changed = wrapped(computer, (row) => {
            if (row.reasons[i] === Reason[reason]) row.reasons[i] = Reason.no_market
          })
          assert.notStrictEqual(fingerprint(changed), plain, `${name} ${reason}`)
        }
      })
    }
  })

  it("change with an output that is wrong at one instant of the history alone", () => {
    for (const computer of computers) {
      const plain = fingerprint(computer)
      for (const moment of [0, 7, probeInstants().length - 1]) {
        let evaluated = 0
        const changed = wrapped(computer, (row) => {
          if (evaluated++ === moment) row.reasons[0] = (row.reasons[0] ?? 0) + 1
        })
        assert.notStrictEqual(fingerprint(changed), plain)
      }
    }
  })

  it("do not take what a kernel leaves from an earlier instant for its answer", () => {
    const writing = (always: boolean) => {
      let evaluated = 0
      return fingerprint(FeatureComputer.make("one", {
        version: "1.0",
        ttl: "1 second",
        parameters: Schema.Struct({}),
        features: { one: { unit: "1", description: "one", needs: [] } },
        reads: [],
        bind: (_market, _parameters, out) =>
          Effect.map(OrderBooks, () => () => {
            if (always || evaluated++ === 0) out.one.known(1)
          })
      }))
    }
    assert.strictEqual(writing(true), writing(true))
    assert.notStrictEqual(writing(false), writing(true))
  })

  it("change with what a group declares of its outputs", () => {
    for (const computer of computers) {
      const plain = fingerprint(computer)
      const names = Object.keys(computer.features)
      const respecified = (change: (spec: FeatureComputer.FeatureSpec) => FeatureComputer.FeatureSpec): Computer => ({
        ...computer,
        features: Record.map(computer.features, (spec, name) => name === names[0] ? change(spec) : spec)
      })
      assert.notStrictEqual(fingerprint(respecified((spec) => ({ ...spec, unit: "furlongs" }))), plain)
      assert.notStrictEqual(
        fingerprint(respecified((spec) => ({ ...spec, needs: [...spec.needs, "resolution"] }))),
        plain
      )
      assert.notStrictEqual(fingerprint({ ...computer, version: "1.1" }), plain)
      assert.notStrictEqual(fingerprint({ ...computer, name: "other" }), plain)
    }
  })

  it("stay with other words, another ttl, and another way to the same outputs", () => {
    for (const computer of computers) {
      const plain = fingerprint(computer)
      const reworded: Computer = {
        ...computer,
        features: Record.map(computer.features, (spec) => ({ ...spec, description: "in other words" }))
      }
      assert.strictEqual(fingerprint(reworded), plain)
      assert.strictEqual(
        fingerprint({ ...computer, ttl: standardRegistry.computed[0]?.computer.ttl ?? computer.ttl }),
        plain
      )
      assert.strictEqual(
        fingerprint(wrapped(computer, (row) => {
          row.values = row.values.map((value) => value / 2 + value / 2)
        })),
        plain
      )
    }
  })

  it("change with a parameter, and not with its default written out", () => {
    const by = (name: string) => (parameters: unknown) => {
      const computer = computers.find((one) => one.name === name)
      return computer === undefined ? assert.fail(name) : fingerprint(computer, parameters)
    }
    const history = by("price_history")
    assert.strictEqual(history({ window_secs: 3_600 }), history({}))
    assert.notStrictEqual(history({ window_secs: 3_601 }), history({}))
    assert.notStrictEqual(history({ min_coverage_secs: 301 }), history({}))
    const book = by("orderbook")
    assert.strictEqual(book({ levels: 10 }), book({}))
    assert.notStrictEqual(book({ levels: 11 }), book({}))
    const news = by("sentiment")
    assert.notStrictEqual(news({ keywords: ["rates"] }), news({}))
    assert.notStrictEqual(news({ half_life_secs: 7_201 }), news({}))
  })
})

describe("the probe history", () => {
  it("is long, in the log's order, and of every kind of event", () => {
    const columns = probeColumns()
    for (const { availableAt, kind, rows, sequence } of columns) {
      assert.isAbove(rows, 0, kind)
      for (let row = 1; row < rows; row++) {
        assert.isTrue((availableAt[row - 1] ?? 0) <= (availableAt[row] ?? 0))
        assert.isTrue((sequence[row - 1] ?? 0) < (sequence[row] ?? 0))
      }
    }
    const instants = probeInstants()
    assert.deepStrictEqual([...new Set(instants)].sort((a, b) => a - b), [...instants])
  })

  it("asks no kernel for anything that is not a number or a reason", () => {
    const replay = new Replay(probeColumns())
    for (const computer of computers) {
      const row = new Row(Object.keys(computer.features).length)
      const configured = Either.getOrThrow(computer.configure({}))
      const kernel = Effect.runSync(
        configured.bind(MarketId.make("m"), row, () => row).pipe(
          Effect.provide(marketViews(() => Effect.succeed(replay.state)))
        )
      )
      for (const at of probeInstants()) {
        replay.seek(at)
        kernel(at)
        row.values.forEach((value, i) => {
          assert.strictEqual(Number.isFinite(value), row.reasons[i] === Reason.known)
          assert.isFalse(Object.is(value, -0))
        })
      }
    }
  })
})

describe("canonical JSON", () => {
  it("does not depend on the order of keys, and does on all else", () => {
    assert.strictEqual(canonicalJson({ b: [1, { d: 1, c: 2 }], a: null }), "{\"a\":null,\"b\":[1,{\"c\":2,\"d\":1}]}")
    assert.notStrictEqual(canonicalJson([1, 2]), canonicalJson([2, 1]))
  })
})
