import { Effect, Stream } from "effect"
import type { EventColumns } from "../domain/EventColumns.js"
import { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import type { FeatureRegistry } from "../features/FeatureRegistry.js"
import { groupId } from "../features/Group.js"
import type { Task } from "../parallel/Task.js"
import type { WorkerPool } from "../parallel/WorkerPool.js"
import type { MarketViews } from "../state/views.js"
import { earliestOf } from "../store/earliest.js"
import { EventLog } from "../store/EventLog.js"
import { FeatureRepository, type ServedAnswer } from "../store/FeatureRepository.js"
import { compareAnswers, type Difference, type EventPlace } from "./difference.js"
import { overLog, type OwnServices, type Recomputation, recompute } from "./recompute.js"

/** The first event, in the log's order, behind a log position. */
export const firstEventAfter = (columns: ReadonlyArray<EventColumns>, sequence: number): EventPlace | null => {
  let first: EventPlace | null = null
  for (const { availableAt, kind, sequence: sequences } of columns) {
    sequences.forEach((value, row) => {
      if (value > sequence && (first === null || value < first.sequence)) {
        first = { sequence: value, kind, available_at: Instant(availableAt[row] ?? 0) }
      }
    })
  }
  return first
}

export interface ServedParity {
  /** served answers that were recomputed */
  readonly answers: number
  readonly comparisons: number
  readonly differences: ReadonlyArray<Difference>
  /** served answers of groups and versions that are not there any more */
  readonly skipped: number
  /** served answers that need events which were dropped from the log since */
  readonly beyondRetention: number
}

/**
 * The answers that the log can still give: as of instants for which it holds all, and given when it held all that it has
 * kept of the time before.
 */
const retained = (
  answers: ReadonlyArray<ServedAnswer>,
  columns: ReadonlyArray<EventColumns>,
  completeSince: number,
  historyMillis: number
): ReadonlyArray<ServedAnswer> => {
  if (completeSince === 0) return answers
  const earliest = earliestOf(completeSince, historyMillis)
  let keptUpTo = 0
  for (const { availableAt, rows, sequence } of columns) {
    for (let row = 0; row < rows && (availableAt[row] ?? Infinity) <= completeSince; row++) {
      keptUpTo = Math.max(keptUpTo, sequence[row] ?? 0)
    }
  }
  return answers.filter(({ at, sequence }) => at >= earliest && sequence >= keptUpTo)
}

const checkMarket = <R>(
  registry: FeatureRegistry<R>,
  recomputed: Recomputation<R>,
  columns: ReadonlyArray<EventColumns>,
  answers: ReadonlyArray<ServedAnswer>
) =>
  Effect.gen(function*() {
    const differences: Array<Difference> = []
    let [comparisons, skipped, agreed] = [0, 0, 0]
    for (const served of answers) {
      const index = registry.computed.findIndex((group) =>
        group.id === groupId(served.group.name, served.group.version)
      )
      const group = registry.computed[index]
      if (group === undefined) {
        skipped++
        continue
      }
      const history = yield* recomputed.at(served.at, served.sequence, index)
      const found = compareAnswers(group, served.at, served, history)
      comparisons += group.features.length
      if (found.length === 0) agreed = Math.max(agreed, served.sequence)
      const { at, market, sequence } = served
      const first_event = found.length === 0 ? null : firstEventAfter(columns, agreed)
      differences.push(...found.map((difference) => ({ market, at, sequence, first_event, ...difference })))
    }
    return { answers: answers.length - skipped, comparisons, skipped, differences }
  })

/** What was served of one market. */
export interface ServedUnit {
  readonly market: MarketId
  readonly answers: ReadonlyArray<ServedAnswer>
}

/** `recomputeServed` on another thread. */
export const servedTask: Task<ServedUnit, ServedParity> = { name: "audit parity" }

/** Recomputes what was served of one market from the event log. */
export const recomputeServed = <Own>(
  registry: FeatureRegistry<MarketViews | Own>,
  own: OwnServices<Own>,
  { answers, market }: ServedUnit
) =>
  Effect.gen(function*() {
    const log = yield* EventLog
    const { columns } = yield* log.read(market)
    const whole = retained(answers, columns, yield* log.completeSince, registry.historyMillis)
    const recomputed = yield* recompute(registry, overLog(own, log), market, columns)
    const ordered = [...whole].sort((a, b) => a.at - b.at)
    const found = yield* checkMarket(registry, recomputed, columns, ordered)
    const result: ServedParity = { ...found, beyondRetention: answers.length - whole.length }
    return result
  })

/**
 * Recomputes every answer of the served log from the event log, at its instant and log position; `workers` do that market by
 * market where there are any.
 */
export const servedParity = <Own>(
  registry: FeatureRegistry<MarketViews | Own>,
  own: OwnServices<Own>,
  workers?: WorkerPool
) =>
  Effect.gen(function*() {
    const repository = yield* FeatureRepository
    const byMarket = new Map<MarketId, Array<ServedAnswer>>()
    yield* Stream.runForEach(repository.served, (answer) =>
      Effect.sync(() => {
        const own = byMarket.get(answer.market) ?? []
        own.push(answer)
        byMarket.set(answer.market, own)
      }))
    const checked = yield* Effect.forEach(
      byMarket,
      ([market, answers]) =>
        workers === undefined
          ? recomputeServed(registry, own, { market, answers })
          : workers.run(servedTask, { market, answers }),
      { concurrency: workers?.atOnce ?? 1 }
    )
    const sum = (count: (one: typeof checked[number]) => number) => checked.reduce((all, one) => all + count(one), 0)
    const result: ServedParity = {
      answers: sum((one) => one.answers),
      comparisons: sum((one) => one.comparisons),
      skipped: sum((one) => one.skipped),
      beyondRetention: sum((one) => one.beyondRetention),
      differences: checked.flatMap((one) => one.differences)
    }
    return result
  })
