import { Effect } from "effect"
import { Instant } from "../domain/Instant.js"
import { type AnswerBlock, type AnswerSlots, answerSlots, writeAnswer } from "../features/answer.js"
import type { BoundGroup } from "../features/BoundMarket.js"
import type { Plan } from "../features/plan.js"
import type { Evaluator, Prepared } from "./Evaluator.js"
import { readExternalBlock, type ScalarSlots, scalarSlots } from "./externalBlock.js"
import type { FeatureRepository } from "./FeatureRepository.js"
import { rowsByMarket, type SpineColumns } from "./spineColumns.js"

/** Answers of a plan's groups for the rows of a spine. */
export interface SpineAnswers {
  /** by group id */
  readonly groups: ReadonlyMap<string, AnswerBlock>
  /** by row: the highest log position among the market's events that were seen */
  readonly sequence: Float64Array
}

interface Asked<R> {
  readonly bound: BoundGroup<R>
  readonly slots: AnswerSlots
}

/** Answers rows of one market, in the order given: forward in time is fastest. */
const answerMarket = <R>(
  { bound, handle }: Prepared<R>,
  needed: ReadonlyArray<BoundGroup<R>>,
  asked: ReadonlyArray<Asked<R>>,
  rows: Uint32Array,
  timestamp: Float64Array,
  sequence: Float64Array
): void => {
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] ?? 0
    const at = Instant(timestamp[row] ?? NaN)
    handle.moveTo(at)
    for (let group = 0; group < needed.length; group++) needed[group]?.evaluate(at)
    for (let group = 0; group < asked.length; group++) {
      const one = asked[group]
      if (one !== undefined) writeAnswer(one.bound, at, one.slots, row * one.bound.group.features.length)
    }
    sequence[row] = bound.state.sequence
  }
}

/**
 * Answers the rows of a spine, market by market and each market in the order of time, into columns in the order of the
 * spine. This is how history is computed for spines of any size: by the same kernels, evaluated and written as for one
 * vector, with Effect's cost paid once a market. External values stored after log position `upTo` are not seen.
 */
export const answerBlock = <R>(
  past: Evaluator<R>,
  repository: FeatureRepository["Type"],
  plan: Plan<R>,
  spine: SpineColumns,
  upTo?: number
) =>
  Effect.gen(function*() {
    const rows = spine.timestamp.length
    const sequence = new Float64Array(rows)
    const computed = new Map<string, AnswerSlots>()
    const external = new Map<string, ScalarSlots>()
    for (const { features, id } of plan.external) external.set(id, scalarSlots(rows, features.length))
    const byMarket = rowsByMarket(spine)
    for (const [index, market] of spine.markets.entries()) {
      const own = byMarket[index] ?? new Uint32Array()
      own.sort((a, b) => (spine.timestamp[a] ?? 0) - (spine.timestamp[b] ?? 0))
      const prepared = yield* past.prepare(market)
      if (own[0] !== undefined) yield* past.demand(prepared, Instant(spine.timestamp[own[0]] ?? NaN))
      yield* Effect.sync(() => {
        const pick = (indices: ReadonlyArray<number>) =>
          indices.flatMap((group) => prepared.bound.groups.slice(group, group + 1))
        const asked = pick(plan.asked).map((bound) => {
          const { group: { features, id } } = bound
          const slots = computed.get(id) ?? answerSlots(rows, features.length)
          computed.set(id, slots)
          return { bound, slots }
        })
        answerMarket(prepared, pick(plan.needed), asked, own, spine.timestamp, sequence)
      })
      for (const group of plan.external) {
        const slots = external.get(group.id)
        if (slots !== undefined) {
          yield* readExternalBlock(repository, group, market, own, spine.timestamp, slots, upTo)
        }
      }
    }
    const answers: SpineAnswers = { groups: new Map<string, AnswerBlock>([...computed, ...external]), sequence }
    return answers
  })
