import { Effect } from "effect"
import { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import { tabulate } from "../domain/tabulate.js"
import type { BoundGroup } from "../features/BoundMarket.js"
import type { Plan } from "../features/plan.js"
import type { Evaluator, Prepared } from "./Evaluator.js"
import type { EventLog } from "./EventLog.js"
import type { Coverage, FeatureRepository, MaterialisedChunk } from "./FeatureRepository.js"
import type { Materialized, MaterializeRequest } from "./FeatureStore.js"

/** Rows of a chunk, and rows computed without letting others run. */
const chunkRows = 4_096

/** A run of grid instants: `rows` of them from `firstAt` on. */
type Run = Pick<MaterialisedChunk, "firstAt" | "rows">

/** The grid's instants that no chunk covers, as runs of at most a chunk. */
const missingRuns = (
  { everyMillis, from, to }: Pick<MaterializeRequest, "everyMillis" | "from" | "to">,
  covered: ReadonlyArray<Run>
): ReadonlyArray<Run> => {
  const have = new Set<number>()
  for (const { firstAt, rows } of covered) for (let i = 0; i < rows; i++) have.add(firstAt + i * everyMillis)
  const runs: Array<{ firstAt: Instant; rows: number }> = []
  let last: { firstAt: Instant; rows: number } | undefined = undefined
  for (let at = from; at <= to; at = Instant(at + everyMillis)) {
    if (have.has(at)) {
      last = undefined
    } else if (last === undefined || last.rows === chunkRows) {
      last = { firstAt: at, rows: 1 }
      runs.push(last)
    } else {
      last.rows++
    }
  }
  return runs
}

const column = (values: Float64Array | Uint8Array, width: number, index: number, rows: number): Float64Array =>
  tabulate(rows, (row) => values[row * width + index] ?? NaN)

/** Evaluates a run, each group straight into its columns; gives the rows their own buffers back. */
const computeRun = <R>(
  { bound, handle }: Prepared<R>,
  plan: Plan<R>,
  { firstAt, rows }: Run,
  everyMillis: number
): ReadonlyMap<BoundGroup<R>, Omit<MaterialisedChunk, "logSequence">> => {
  const needed = plan.needed.flatMap((index) => bound.groups.slice(index, index + 1))
  const buffers = needed.map((group) => ({
    group,
    own: { values: group.row.values, reasons: group.row.reasons },
    newestAt: new Float64Array(rows)
  }))
  for (const { group: { row } } of buffers) {
    row.values = new Float64Array(rows * row.width)
    row.reasons = new Uint8Array(rows * row.width)
  }
  for (let i = 0; i < rows; i++) {
    const at = Instant(firstAt + i * everyMillis)
    handle.moveTo(at)
    for (const { group, newestAt } of buffers) {
      group.row.offset = i * group.row.width
      group.evaluate(at)
      newestAt[i] = group.newestAt()
    }
  }
  const chunks = new Map(buffers.map(({ group, newestAt, own }) => {
    const { reasons, values, width } = group.row
    const features = Array.from({ length: width }, (_, index) => index)
    const chunk = {
      market: bound.market,
      firstAt,
      everyMillis,
      rows,
      newestAt,
      values: features.map((index) => column(values, width, index, rows)),
      reasons: features.map((index) => column(reasons, width, index, rows))
    }
    group.row.values = own.values
    group.row.reasons = own.reasons
    group.row.offset = 0
    return [group, chunk] as const
  }))
  return chunks
}

interface Services<R> {
  readonly log: EventLog["Type"]
  readonly repository: FeatureRepository["Type"]
  readonly past: Evaluator<R>
}

/** Stored chunks that still hold, and those that events which came later have overtaken. */
const checkCoverage = (
  log: EventLog["Type"],
  market: MarketId,
  covered: ReadonlyArray<Coverage>,
  everyMillis: number
) =>
  Effect.gen(function*() {
    if (covered.length === 0) return { valid: [], stale: [] }
    const lastOf = ({ firstAt, rows }: Coverage) => Instant(firstAt + (rows - 1) * everyMillis)
    const after = Math.min(...covered.map((chunk) => chunk.logSequence))
    const to = Instant(Math.max(...covered.map(lastOf)))
    const later = (yield* log.read(market, { after, to })).columns
    const overtaken = (chunk: Coverage) =>
      later.some(({ availableAt, sequence }) =>
        sequence.some((value, row) => value > chunk.logSequence && (availableAt[row] ?? Infinity) <= lastOf(chunk))
      )
    return {
      valid: covered.filter((chunk) => !overtaken(chunk)),
      stale: covered.filter(overtaken)
    }
  })

/**
 * Computes a plan's groups on a time grid and stores them, market by market. Vectors that are stored and still hold are
 * left alone; where events with an earlier availableAt came in later, they are computed again.
 */
export const materialize = <R>({ log, past, repository }: Services<R>, plan: Plan<R>, request: MaterializeRequest) =>
  Effect.gen(function*() {
    const { everyMillis } = request
    if (!Number.isSafeInteger(everyMillis) || everyMillis <= 0) {
      return yield* Effect.dieMessage(`a grid of every ${everyMillis} ms has no end`)
    }
    const markets = request.markets ?? (yield* log.markets).map((summary) => summary.market)
    const done: { markets: number; computed: number; kept: number } = { markets: 0, computed: 0, kept: 0 }
    for (const market of markets) {
      const logSequence = yield* log.watermark
      const prepared = yield* past.prepare(market)
      yield* past.demand(prepared, request.from)
      for (const index of plan.asked) {
        const bound = prepared.bound.groups[index]
        if (bound === undefined) continue
        const { group } = bound
        const { stale, valid } = yield* checkCoverage(
          log,
          market,
          yield* repository.coverage(group, market, everyMillis),
          everyMillis
        )
        const runs = missingRuns(request, valid)
        const single = { ...plan, needed: plan.needed.filter((needed) => needed <= index), asked: [index] }
        const chunks: Array<MaterialisedChunk> = []
        for (const run of runs) {
          const computed = yield* Effect.sync(() => computeRun(prepared, single, run, everyMillis))
          const chunk = computed.get(bound)
          if (chunk !== undefined) chunks.push({ ...chunk, logSequence })
        }
        const missing = runs.reduce((sum, run) => sum + run.rows, 0)
        done.computed += missing
        done.kept += Math.max(0, Math.floor((request.to - request.from) / everyMillis) + 1) - missing
        if (chunks.length > 0 || stale.length > 0) {
          yield* repository.writeMaterialised(
            group,
            chunks,
            stale.map(({ firstAt }) => ({ market, everyMillis, firstAt }))
          )
        }
      }
      done.markets++
      yield* request.onProgress?.(done.markets, markets.length) ?? Effect.void
    }
    const result: Materialized = done
    return result
  })
