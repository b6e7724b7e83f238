import { Effect, Layer } from "effect"
import { assert, describe, it } from "vitest"
import { auditDrift, driftedIn, type DriftOptions } from "../../src/audit/drift.js"
import { SnapshotSource } from "../../src/context/SnapshotSource.js"
import type { ManifestColumn } from "../../src/dataset/Manifest.js"
import type { ReadDataset } from "../../src/dataset/readDataset.js"
import { Instant } from "../../src/domain/Instant.js"
import { MarketId } from "../../src/domain/MarketId.js"
import { logOf } from "../support/audited.js"
import { standardRegistry } from "../support/evaluate.js"
import { opening } from "../support/histories.js"
import { plainFeatureRepository } from "../support/plainRepository.js"

const minute = 60_000
const hour = 60 * minute

/** Quotes once a minute around a price that leaps up after ten hours, and from the fifteenth on lacks an ask half the time. */
const quotes = Array.from({ length: 20 * 60 }, (_, i) => {
  const mid = (i < 600 ? 0.3 : 0.6) + (i % 11) / 1_000
  return {
    type: "quote",
    market: "a",
    available_at: opening + i * minute,
    best_bid: mid - 0.01,
    ...(i >= 900 && i % 2 === 0 ? {} : { best_ask: mid + 0.01 })
  }
})

const period = (from: number, to: number) => ({
  from: Instant(opening + from * hour),
  to: Instant(opening + to * hour - minute)
})

const fingerprint = standardRegistry.computed.find((group) => group.name === "market")?.fingerprint ?? ""

/** A dataset of one column as it would be read: `values` are prices, NaN where null. */
const datasetOf = (
  values: ReadonlyArray<number>,
  column: Partial<ManifestColumn> = {},
  source: Partial<NonNullable<ManifestColumn["feature"]>> = {}
): ReadDataset => ({
  manifest: {
    format: "feature-store-dataset/1",
    id: "sha256:test",
    rows: values.length,
    first_timestamp: opening,
    last_timestamp: opening,
    log_position: 1,
    spine: "sha256:spine",
    options: { keep_stale: false, with_status: false, labels: false },
    labels_known_by: null,
    columns: [{
      name: "market.current_price",
      type: "float",
      role: "feature",
      nulls: values.filter(Number.isNaN).length,
      feature: {
        group: "market",
        version: "1.0",
        feature: "current_price",
        unit: "0..1",
        fingerprint,
        max_age_ms: null,
        ...source
      },
      ...column
    }]
  },
  markets: values.map(() => "a"),
  timestamps: Float64Array.from(values, () => opening),
  columns: [{ key: "market.current_price", type: "float", values: Float64Array.from(values) }]
})

const drift = (options: Pick<DriftOptions, "reference" | "from" | "to"> & Partial<DriftOptions>) =>
  auditDrift(standardRegistry, SnapshotSource, { everyMillis: minute, ...options }).pipe(
    Effect.provide(Layer.merge(logOf(quotes), plainFeatureRepository))
  )

const prices = (count: number, shift = 0) => Array.from({ length: count }, (_, i) => 0.3 + shift + (i % 11) / 1_000)

describe("auditDrift", () => {
  it("finds nothing where a period is like its reference", () => {
    const reference = { kind: "period" as const, ...period(1, 5) }
    const report = Effect.runSync(drift({ reference, ...period(5, 9), features: ["market", "orderbook"] }))
    assert.deepStrictEqual(driftedIn(report), [])
    assert.strictEqual(report.dataset, null)
    assert.strictEqual(report.markets, 1)
    const price = report.features.find(({ feature }) => feature === "market@1.0.current_price")
    assert.strictEqual(price?.reference.rows, 240)
    assert.strictEqual(price?.period.rows, 240)
    assert.isBelow(price?.psi ?? NaN, 0.01)
    // what is never known is compared by its nulls alone
    const depth = report.features.find(({ feature }) => feature === "orderbook@1.0.bid_depth")
    assert.deepInclude(depth, { psi: null, psi_by_chance: null, ks: null, moved: [] })
    assert.deepInclude(depth?.period, { null_rate: 1, null_rates: { no_depth: 1 }, median: null })
  })

  it("finds a feature whose distribution has moved, and one that is null more often", () => {
    const reference = { kind: "period" as const, ...period(5, 9) }
    const moved = Effect.runSync(drift({ reference, ...period(11, 15), features: ["market.current_price"] }))
    const [price] = driftedIn(moved)
    assert.deepStrictEqual(price?.moved, ["psi"])
    assert.isAbove(price?.psi ?? 0, 5)
    assert.strictEqual(price?.ks?.statistic, 1)
    assert.isAbove(price?.period.median ?? 0, 0.6)

    const rarer = Effect.runSync(drift({ reference, ...period(16, 20), features: ["market.price_spread"] }))
    const [spread] = driftedIn(rarer)
    assert.deepStrictEqual(spread?.moved, ["null_rate"])
    assert.deepInclude(spread?.period, { null_rate: 0.5, null_rates: { one_sided_book: 0.5 } })
    const lenient = Effect.runSync(drift({
      reference,
      ...period(16, 20),
      features: ["market.price_spread"],
      nullRate: 0.5
    }))
    assert.deepStrictEqual(driftedIn(lenient), [])
  })

  it("compares a dataset's features with the same ones of its markets", () => {
    const like = Effect.runSync(
      drift({ reference: { kind: "dataset", dataset: datasetOf(prices(220)) }, ...period(1, 5) })
    )
    assert.deepStrictEqual(like.features.map(({ feature }) => feature), ["market@1.0.current_price"])
    assert.deepStrictEqual(driftedIn(like), [])
    assert.strictEqual(like.dataset, "sha256:test")

    const other = datasetOf([...prices(220, 0.3), NaN, NaN], { reasons: { no_data: 1 }, stale: 1 })
    const [price] = Effect.runSync(drift({ reference: { kind: "dataset", dataset: other }, ...period(1, 5) })).features
    assert.deepStrictEqual(price?.moved, ["psi"])
    assert.deepInclude(price?.reference, { rows: 222, null_rates: { no_data: 1 / 222, stale: 1 / 222 } })
    const unrecorded = datasetOf([...prices(9), NaN])
    const [uncounted] = Effect.runSync(drift({ reference: { kind: "dataset", dataset: unrecorded }, ...period(1, 5) }))
      .features
    assert.deepInclude(uncounted?.reference, { null_rate: 0.1, null_rates: { unrecorded: 0.1 } })
  })

  it("takes no sample for moved that is too small to tell", () => {
    const few = datasetOf([0.6, 0.61])
    const [price] = Effect.runSync(drift({ reference: { kind: "dataset", dataset: few }, ...period(1, 5) })).features
    assert.isAbove(price?.psi ?? 0, 0.2)
    assert.isBelow(price?.psi ?? NaN, price?.psi_by_chance ?? NaN)
    assert.deepStrictEqual(price?.moved, [])
  })

  it("asks the markets that are named, of a dataset whose own are gone", () => {
    const dataset = { ...datasetOf(prices(220)), markets: ["gone"] }
    const gone = Effect.runSync(drift({ reference: { kind: "dataset", dataset }, ...period(1, 5) }))
    assert.deepStrictEqual(gone.features[0]?.moved, ["null_rate"])
    assert.deepStrictEqual(gone.features[0]?.period.null_rates, { no_market: 1 })
    const named = Effect.runSync(drift({
      reference: { kind: "dataset", dataset },
      ...period(1, 5),
      markets: [MarketId.make("a")]
    }))
    assert.deepStrictEqual(driftedIn(named), [])
  })

  it("does not compare what is not the same feature", () => {
    const refusal = (dataset: ReadDataset) =>
      Effect.runSync(Effect.flip(drift({ reference: { kind: "dataset", dataset }, ...period(1, 5) })))
    const changed = refusal(datasetOf(prices(9), {}, { fingerprint: "sha256:other" }))
    assert.strictEqual(changed._tag, "DriftRefused")
    assert.include(changed.message, "market@1.0.current_price")
    const unknown = refusal(datasetOf(prices(9), {}, { version: "0.9" }))
    assert.strictEqual(unknown._tag, "UnknownReference")
  })
})
