import { Effect } from "effect"
import { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import type { Plan } from "../features/plan.js"
import type { Outcome, Task } from "../parallel/Task.js"
import { evaluateRuns, type RunMemory } from "./evaluateRuns.js"
import type { Evaluator, Prepared } from "./Evaluator.js"
import type { EventLog } from "./EventLog.js"
import type { Coverage, EncodedChunk, FeatureRepository, GroupKey } from "./FeatureRepository.js"
import { instantsOf, missingRuns, type Run, type TimeGrid } from "./gridRuns.js"
import type { StorageFailure } from "./StorageFailure.js"

/** A part of a market's grid that is to be computed. */
export interface GridPart extends TimeGrid {
  readonly market: MarketId
  readonly references: ReadonlyArray<string>
}

/** What is to be stored of one group. */
interface ComputedGroupPart {
  readonly group: GroupKey
  readonly chunks: ReadonlyArray<EncodedChunk>
  /** first instants of stored chunks that do not hold any more */
  readonly overtaken: ReadonlyArray<Instant>
}

/** A part of a market's grid, computed where it was not stored or does not hold any more. */
export interface ComputedPart {
  readonly groups: ReadonlyArray<ComputedGroupPart>
  /** answers of one group for one instant */
  readonly computed: number
  readonly kept: number
}

/** `materialisePart` on another thread. */
export const materialiseTask: Task<GridPart, ComputedPart> = { name: "materialise" }

/** Every chunk in memory of its own, handed over with it. */
export const computedPartOutcome = (part: ComputedPart): Outcome<ComputedPart> => {
  const moved: Array<ArrayBuffer> = []
  const groups = part.groups.map((group) => ({
    ...group,
    chunks: group.chunks.map((chunk) => {
      const data = new Uint8Array(chunk.data)
      moved.push(data.buffer)
      return { ...chunk, data }
    })
  }))
  return { value: { ...part, groups }, moved }
}

export interface MaterialiseServices<R> {
  readonly log: EventLog["Type"]
  readonly repository: FeatureRepository["Type"]
  readonly past: Evaluator<R>
  /** for one part at a time */
  readonly memory: RunMemory
}

/** Stored chunks that still hold, and those that events which came later have overtaken. */
const checkCoverage = (
  log: EventLog["Type"],
  market: MarketId,
  covered: ReadonlyArray<Coverage>,
  everyMillis: number
) =>
  Effect.gen(function*() {
    if (covered.length === 0) return { valid: [], overtaken: [] }
    const lastOf = ({ firstAt, rows }: Coverage) => Instant(firstAt + (rows - 1) * everyMillis)
    const after = Math.min(...covered.map((chunk) => chunk.logSequence))
    const to = Instant(Math.max(...covered.map(lastOf)))
    const later = (yield* log.read(market, { after, to })).columns
    const isOvertaken = (chunk: Coverage) =>
      later.some(({ availableAt, sequence }) =>
        sequence.some((value, row) => value > chunk.logSequence && (availableAt[row] ?? Infinity) <= lastOf(chunk))
      )
    return {
      valid: covered.filter((chunk) => !isOvertaken(chunk)),
      overtaken: covered.filter(isOvertaken)
    }
  })

/** What is missing of one group, an index into the registry's computed ones. */
interface Missing {
  readonly index: number
  readonly runs: ReadonlyArray<Run>
}

/** Groups that miss the same runs, which is most: they are computed in one go. */
const bySameRuns = (missing: ReadonlyArray<Missing>): ReadonlyArray<ReadonlyArray<Missing>> => {
  const batches = new Map<string, Array<Missing>>()
  for (const one of missing) {
    const key = one.runs.map(({ firstAt, rows }) => `${firstAt} ${rows}`).join()
    const known = batches.get(key)
    if (known === undefined) batches.set(key, [one])
    else known.push(one)
  }
  return [...batches.values()]
}

const computeMissing = <R>(
  prepared: Prepared<R>,
  plan: Plan<R>,
  missing: ReadonlyArray<Missing>,
  grid: Pick<EncodedChunk, "everyMillis" | "logSequence">,
  memory: RunMemory
) =>
  Effect.gen(function*() {
    const bound = (indices: ReadonlyArray<number>) =>
      indices.flatMap((index) => prepared.bound.groups.slice(index, index + 1))
    const chunks = new Map<number, ReadonlyArray<EncodedChunk>>()
    for (const batch of bySameRuns(missing)) {
      const indices = batch.map(({ index }) => index)
      const last = Math.max(...indices)
      const needed = bound(plan.needed.filter((index) => index <= last))
      const computed = yield* evaluateRuns(prepared, needed, bound(indices), batch[0]?.runs ?? [], grid, memory)
      indices.forEach((index, place) => chunks.set(index, computed[place] ?? []))
    }
    return chunks
  })

/** Computes and encodes what is missing of a part of a market's grid. It stores nothing, so that any thread can do it. */
export const materialisePart = <R>(
  { log, memory, past, repository }: MaterialiseServices<R>,
  plan: Plan<R>,
  part: GridPart
): Effect.Effect<ComputedPart, StorageFailure> =>
  Effect.gen(function*() {
    const { everyMillis, market } = part
    const logSequence = yield* log.watermark
    const prepared = yield* past.prepare(market)
    yield* past.demand(prepared, part.from)
    const asked = plan.asked.flatMap((index) =>
      prepared.bound.groups.slice(index, index + 1).map(({ group: { name, version } }) => ({
        index,
        group: { name, version }
      }))
    )
    const checked = yield* Effect.forEach(asked, ({ group, index }) =>
      Effect.gen(function*() {
        const covered = yield* repository.coverage(group, market, everyMillis)
        const { overtaken, valid } = yield* checkCoverage(log, market, covered, everyMillis)
        return { index, group, overtaken: overtaken.map(({ firstAt }) => firstAt), runs: missingRuns(part, valid) }
      }))
    const chunks = yield* computeMissing(prepared, plan, checked, { everyMillis, logSequence }, memory)
    const computed = checked.reduce((sum, { runs }) => sum + runs.reduce((rows, run) => rows + run.rows, 0), 0)
    return {
      groups: checked.map(({ group, index, overtaken }) => ({ group, overtaken, chunks: chunks.get(index) ?? [] })),
      computed,
      kept: checked.length * instantsOf(part) - computed
    }
  })
