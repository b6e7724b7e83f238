import { Effect, Layer } from "effect"
import type { MarketSource } from "../context/MarketSource.js"
import { FeatureColumns } from "../dataset/featureColumns.js"
import type { ManifestColumn } from "../dataset/Manifest.js"
import type { ReadDataset } from "../dataset/readDataset.js"
import { Growable } from "../domain/Growable.js"
import type { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import { tabulate } from "../domain/tabulate.js"
import type { FeatureRegistry } from "../features/FeatureRegistry.js"
import type { Plan } from "../features/plan.js"
import type { MarketStates } from "../state/views.js"
import { answerBlock } from "../store/answerBlock.js"
import { makeEvaluator } from "../store/Evaluator.js"
import type { EventLog } from "../store/EventLog.js"
import { FeatureRepository } from "../store/FeatureRepository.js"

/** What one feature was over some rows. */
export interface Distribution {
  readonly rows: number
  /** those that were known, ascending; true is 1 */
  readonly values: Float64Array
  /** the others by reason; `stale` where the value was too old, `unrecorded` where nobody noted why */
  readonly nulls: Readonly<Record<string, number>>
}

/** Instants at which every one of some markets is asked. */
export interface Grid {
  readonly markets: ReadonlyArray<MarketId>
  readonly everyMillis: number
  /** both inclusive */
  readonly from: Instant
  readonly to: Instant
}

/** The instants of a grid. */
export const instantsOf = ({ everyMillis, from, to }: Omit<Grid, "markets">): number =>
  Math.max(0, Math.floor((to - from) / everyMillis) + 1)

/** Rows computed without letting others run. */
const blockRows = 8_192

const nullsOf = (
  { reasons, stale = 0 }: Pick<ManifestColumn, "reasons" | "stale">,
  nulls: number,
  keepStale: boolean
): Readonly<Record<string, number>> =>
  reasons === undefined
    ? { ...nulls > 0 ? { unrecorded: nulls } : {} }
    : { ...reasons, ...stale > 0 && !keepStale ? { stale } : {} }

/** The features of a dataset by `group@version.feature`. Texts have no distribution in this sense, and are left out. */
export const ofDataset = ({ columns, manifest }: ReadDataset): ReadonlyMap<string, Distribution> =>
  new Map(columns.flatMap((column): ReadonlyArray<readonly [string, Distribution]> => {
    const described = manifest.columns.find(({ name, role }) => role === "feature" && name === column.key)
    if (column.type === "string" || described?.feature === undefined) return []
    const { feature, group, version } = described.feature
    return [[`${group}@${version}.${feature}`, {
      rows: manifest.rows,
      values: column.values.filter((value) => !Number.isNaN(value)).sort(),
      nulls: nullsOf(described, described.nulls, manifest.options.keep_stale)
    }]]
  }))

/** The same of a plan's features, computed from the log on a time grid. */
export const ofGrid = <R>(
  registry: FeatureRegistry<R>,
  history: Layer.Layer<R | MarketSource | MarketStates, never, EventLog>,
  plan: Plan<R>,
  grid: Grid,
  keepStale: boolean,
  onRows: (rows: number) => Effect.Effect<void>
) =>
  Effect.gen(function*() {
    const repository = yield* FeatureRepository
    const past = yield* Effect.provide(makeEvaluator(registry), yield* Layer.build(history))
    const columns = new FeatureColumns(plan.columns, { keepStale, withStatus: false })
    const known = plan.columns.map(() => new Growable())
    const instants = instantsOf(grid)
    for (const market of grid.markets) {
      for (let first = 0; first < instants; first += blockRows) {
        const rows = Math.min(blockRows, instants - first)
        const timestamps = tabulate(rows, (row) => grid.from + (first + row) * grid.everyMillis)
        const spine = { markets: [market], market: new Uint32Array(rows), timestamp: timestamps }
        const answers = yield* answerBlock(past, repository, plan, spine)
        for (const [index, cells] of columns.cells(answers, timestamps).entries()) {
          for (const cell of cells) if (cell !== null) known[index]?.push(Number(cell))
        }
        yield* onRows(rows)
      }
    }
    const rows = instants * grid.markets.length
    return new Map(plan.columns.map(({ feature, group, key }, index): [string, Distribution] => {
      const values = known[index]?.toArray().sort() ?? new Float64Array()
      return [`${group.id}.${feature.name}`, {
        rows,
        values,
        nulls: nullsOf(columns.counts(key), rows - values.length, keepStale)
      }]
    }))
  }).pipe(Effect.scoped)
