import { Effect } from "effect"
import { ReplayControl } from "../context/HistoricalClock.js"
import type { EventColumns } from "../domain/EventColumns.js"
import type { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import type { FeatureRegistry } from "../features/FeatureRegistry.js"
import type { MarketViews } from "../state/views.js"
import type { EventLog } from "../store/EventLog.js"
import { FeatureStore } from "../store/FeatureStore.js"
import { compareAnswers, type Difference } from "./difference.js"
import { overLog, type OwnServices, type Recomputation, recompute } from "./recompute.js"
import { firstEventAfter } from "./servedParity.js"

interface Known<Own> {
  readonly columns: ReadonlyArray<EventColumns>
  readonly recomputed: Recomputation<MarketViews | Own>
}

/** The highest log position among the events known at `at`; 0 where there is none. */
const positionAt = (columns: ReadonlyArray<EventColumns>, at: number): number => {
  let highest = 0
  for (const { availableAt, sequence } of columns) {
    for (let row = 0; row < sequence.length && (availableAt[row] ?? Infinity) <= at; row++) {
      highest = Math.max(highest, sequence[row] ?? 0)
    }
  }
  return highest
}

/** Recomputations from a log, one a market, read when first asked for. */
const recomputations = <Own>(
  registry: FeatureRegistry<MarketViews | Own>,
  own: OwnServices<Own>,
  log: EventLog["Type"]
) => {
  const read = new Map<MarketId, Known<Own>>()
  return (market: MarketId) =>
    Effect.gen(function*() {
      const known = read.get(market)
      if (known !== undefined) return known
      const { columns } = yield* log.read(market)
      const fresh = { columns, recomputed: yield* recompute(registry, overLog(own, log), market, columns) }
      read.set(market, fresh)
      return fresh
    })
}

/** Asks the live store and compares every feature with what the audited log gives for the same moment. */
export const makeLiveSampler = <Own>(
  registry: FeatureRegistry<MarketViews | Own>,
  own: OwnServices<Own>,
  audited: EventLog["Type"]
) =>
  Effect.gen(function*() {
    const store = yield* FeatureStore
    const control = yield* ReplayControl
    const history = recomputations(registry, own, audited)
    const groups = registry.computed.filter((group) => group.enabled)
    const references = groups.map((group) => group.id)
    const agreed = new Map<MarketId, number>()
    const differences: Array<Difference> = []
    let comparisons = 0

    /** `upTo`: the audited log's position in the midst of the instant; all of the instant where absent. */
    const ask = (market: MarketId, at: Instant, upTo?: number) =>
      Effect.gen(function*() {
        yield* control.seek(at)
        // as users ask, which may serve a kept answer, and then computed anew for this very instant
        yield* store.getCurrentFeatures(market, references)
        yield* store.invalidate(market)
        const vector = yield* store.getCurrentFeatures(market, references)
        const { columns, recomputed } = yield* history(market)
        const sequence = upTo ?? positionAt(columns, at)
        const found: Array<Pick<Difference, "feature" | "live" | "history">> = []
        for (const group of groups) {
          const past = yield* recomputed.at(at, sequence, registry.computed.indexOf(group))
          found.push(...compareAnswers(group, at, vector.answers.get(group.id), past))
          comparisons += group.features.length
        }
        if (found.length === 0) agreed.set(market, sequence)
        const first_event = found.length === 0 ? null : firstEventAfter(columns, agreed.get(market) ?? 0)
        differences.push(...found.map((one) => ({ market, at, sequence, first_event, ...one })))
      })

    /** Whether an event's log position says what was known before it: not where earlier instants were imported later. */
    const tells = (market: MarketId, at: Instant, sequence: number) =>
      Effect.map(history(market), ({ columns }) => positionAt(columns, at - 1) < sequence)

    return { ask, tells, result: () => ({ comparisons, differences }) }
  })
