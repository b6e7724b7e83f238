import { Effect, type Layer, Schema } from "effect"
import type { MarketSource } from "../context/MarketSource.js"
import type { ReadDataset } from "../dataset/readDataset.js"
import type { Instant } from "../domain/Instant.js"
import { isMarketId, type MarketId } from "../domain/MarketId.js"
import type { FeatureRegistry } from "../features/FeatureRegistry.js"
import { makePlanner } from "../features/plan.js"
import type { MarketStates } from "../state/views.js"
import { EventLog } from "../store/EventLog.js"
import { type Distribution, instantsOf, ofDataset, ofGrid } from "./distributions.js"
import { type KolmogorovSmirnov, kolmogorovSmirnov } from "./kolmogorovSmirnov.js"
import { populationStability } from "./populationStability.js"

/** A dataset and the code that answers now are not about the same features: their values must not be compared. */
export class DriftRefused extends Schema.TaggedError<DriftRefused>()("DriftRefused", {
  features: Schema.Array(Schema.String),
  problem: Schema.Literal("another fingerprint", "no numbers")
}) {
  override get message(): string {
    return this.problem === "no numbers"
      ? "there is no numeric feature to compare"
      : `${this.features.join(", ")}: the dataset was built by another behaviour of this version`
  }
}

/** What features are compared with: a dataset as it was read, or another period of the log. */
export type DriftReference =
  | { readonly kind: "dataset"; readonly dataset: ReadDataset }
  | { readonly kind: "period"; readonly from: Instant; readonly to: Instant }

export interface DriftOptions {
  readonly reference: DriftReference
  /** the period's time grid, both ends inclusive */
  readonly from: Instant
  readonly to: Instant
  readonly everyMillis: number
  /** by default the dataset's, or all of the log */
  readonly markets?: ReadonlyArray<MarketId> | undefined
  /** references; by default the dataset's features, or all that are enabled */
  readonly features?: ReadonlyArray<string> | undefined
  /** a larger population stability index is a finding; 0.2 by default */
  readonly psi?: number | undefined
  /** so is a share of nulls that has moved by more, up or down; 0.1 by default */
  readonly nullRate?: number | undefined
  /** told how many rows of the log have been computed */
  readonly onProgress?: ((done: number, total: number) => Effect.Effect<void>) | undefined
}

/** One side of a comparison in figures. */
export interface DriftSide {
  readonly rows: number
  readonly null_rate: number
  /** by reason, as shares of all rows */
  readonly null_rates: Readonly<Record<string, number>>
  readonly median: number | null
}

export type DriftCheck = "psi" | "null_rate"

export interface DriftOfFeature {
  /** `group@version.feature` */
  readonly feature: string
  readonly reference: DriftSide
  readonly period: DriftSide
  /** population stability index; `null` where a side has no value */
  readonly psi: number | null
  /** what one in a thousand pairs of such samples exceeds though nothing has changed: no index below it is a finding */
  readonly psi_by_chance: number | null
  readonly ks: KolmogorovSmirnov | null
  /** what has moved further than it may */
  readonly moved: ReadonlyArray<DriftCheck>
}

export interface DriftReport {
  /** the dataset's id; `null` where a period is compared with another */
  readonly dataset: string | null
  readonly markets: number
  readonly thresholds: { readonly psi: number; readonly null_rate: number }
  readonly features: ReadonlyArray<DriftOfFeature>
}

/** The features that a report finds to have moved. */
export const driftedIn = ({ features }: DriftReport): ReadonlyArray<DriftOfFeature> =>
  features.filter(({ moved }) => moved.length > 0)

const sideOf = ({ nulls, rows, values }: Distribution): DriftSide => ({
  rows,
  null_rate: rows === 0 ? 0 : (rows - values.length) / rows,
  null_rates: Object.fromEntries(Object.entries(nulls).map(([reason, count]) => [reason, count / rows])),
  median: values[(values.length - 1) >>> 1] ?? null
})

const compare = (
  feature: string,
  reference: Distribution,
  period: Distribution,
  thresholds: DriftReport["thresholds"]
): DriftOfFeature => {
  const [before, after] = [sideOf(reference), sideOf(period)]
  const isComparable = reference.values.length > 0 && period.values.length > 0
  const stability = isComparable ? populationStability(reference.values, period.values) : undefined
  const hasShifted = stability !== undefined && stability.psi > Math.max(thresholds.psi, stability.byChance)
  const hasNulls = Math.abs(after.null_rate - before.null_rate) > thresholds.null_rate
  return {
    feature,
    reference: before,
    period: after,
    psi: stability?.psi ?? null,
    psi_by_chance: stability?.byChance ?? null,
    ks: isComparable ? kolmogorovSmirnov(reference.values, period.values) : null,
    moved: [...hasShifted ? ["psi" as const] : [], ...hasNulls ? ["null_rate" as const] : []]
  }
}

const referencesIn = ({ manifest }: ReadDataset): ReadonlyArray<string> =>
  manifest.columns.flatMap(({ feature, role, type }) =>
    role !== "feature" || type === "string" || feature === undefined
      ? []
      : [`${feature.group}@${feature.version}.${feature.feature}`]
  )

/** Fails where a feature of the dataset has the same version as one that is computed, and another behaviour. */
const demandSame = <R>({ manifest }: ReadDataset, registry: FeatureRegistry<R>, compared: ReadonlySet<string>) => {
  const changed = manifest.columns.flatMap(({ feature }) => {
    if (feature === undefined) return []
    const group = registry.groups.find(({ name, version }) => name === feature.group && version === feature.version)
    const name = `${feature.group}@${feature.version}.${feature.feature}`
    return compared.has(name) && group !== undefined && group.fingerprint !== feature.fingerprint ? [name] : []
  })
  return changed.length === 0
    ? Effect.void
    : new DriftRefused({ features: changed, problem: "another fingerprint" })
}

/**
 * Compares how features are distributed over a period of the log with how they were in a dataset, or over another period:
 * the population stability index and the Kolmogorov-Smirnov distance of what is known, and the rates of nulls by reason.
 * `history` gives the registry's services out of the log, as a feature store is given them.
 */
export const auditDrift = <R>(
  registry: FeatureRegistry<R>,
  history: Layer.Layer<R | MarketSource | MarketStates, never, EventLog>,
  { everyMillis, features, from, markets, nullRate = 0.1, onProgress, psi = 0.2, reference, to }: DriftOptions
) =>
  Effect.gen(function*() {
    const thresholds = { psi, null_rate: nullRate }
    const dataset = reference.kind === "dataset" ? reference.dataset : undefined
    const enabled = registry.computed.filter((group) => group.enabled && group.isDefault).map((group) => group.id)
    const plan = yield* makePlanner(registry)(features ?? (dataset === undefined ? enabled : referencesIn(dataset)))
    const names = plan.columns.map(({ feature, group }) => `${group.id}.${feature.name}`)
    if (dataset !== undefined) yield* demandSame(dataset, registry, new Set(names))
    const asked = markets ?? (dataset === undefined
      ? (yield* (yield* EventLog).markets).map(({ market }) => market)
      : [...new Set(dataset.markets)].filter(isMarketId))
    const grids = [...reference.kind === "period" ? [reference] : [], { from, to }].map((ends) => ({
      from: ends.from,
      to: ends.to,
      everyMillis,
      markets: asked
    }))
    const total = grids.reduce((rows, grid) => rows + asked.length * instantsOf(grid), 0)
    let done = 0
    const distributed = yield* Effect.forEach(grids, (grid) =>
      ofGrid(registry, history, plan, grid, dataset?.manifest.options.keep_stale ?? false, (rows) => {
        done += rows
        return onProgress?.(done, total) ?? Effect.void
      }))
    const before = dataset === undefined ? distributed[0] : ofDataset(dataset)
    const after = distributed.at(-1)
    const compared = names.flatMap((name) => {
      const [own, other] = [before?.get(name), after?.get(name)]
      return own === undefined || other === undefined ? [] : [compare(name, own, other, thresholds)]
    })
    if (compared.length === 0) {
      return yield* new DriftRefused({ features: names, problem: "no numbers" })
    }
    if (dataset !== undefined) {
      yield* demandSame(dataset, registry, new Set(names))
    }
    const report: DriftReport = {
      dataset: dataset?.manifest.id ?? null,
      markets: asked.length,
      thresholds,
      features: compared
    }
    return report
  })
