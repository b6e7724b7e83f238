import { Effect } from "effect"
import type { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import { MarketState } from "../state/MarketState.js"
import { Replay } from "../state/Replay.js"
import type { AuditedMarket } from "./auditedMarket.js"
import type { Compared, EventPlace } from "./difference.js"
import { firstDiffering } from "./firstDifference.js"
import { declaredState } from "./lateStart.js"
import { type Draw, momentsOf, type Sampling } from "./moments.js"
import { asOf, beginning, between, instantsUpTo, placesOf } from "./position.js"
import { type Answers, answersAt, bindSubject, type Differing, differing, type Subject } from "./subject.js"
import { variantLog } from "./variantLog.js"

/**
 * - `undeclared_history`: the run began at least as long before the instant as the feature declares, and answers otherwise
 * - `cold_value`: it began later than that, and gives another value where it could say that it does not know
 */
export type WarmupCheck = "undeclared_history" | "cold_value"

/** An answer that depends on more of the past than is declared: `expected` has all of it, `found` what a late run has. */
export interface WarmupFinding extends Differing {
  readonly market: MarketId
  readonly at: Instant
  readonly check: WarmupCheck
  /** how long before the instant the run began */
  readonly history_ms: number
  readonly declared_ms: number
  /** the newest event before that beginning with which, had the run begun with it, the answer is right */
  readonly first_event: EventPlace | null
}

/** What the ladder of starts showed of one feature at one sample; lengths in ms, Infinity where none was long enough. */
interface Measured {
  /** from which length on a run that is given the declared state answers right */
  readonly warm: number
  /** the same for one that is given nothing */
  readonly fromNothing: number
  /** whether any shorter run gave a wrong value */
  readonly coldValue: boolean
}

/** A market under audit. */

export interface WarmupPlan {
  /** lengths of history that are tried, in ms, ascending */
  readonly ladder: ReadonlyArray<number>
  /** by feature, how far back it declares to reach, in ms */
  readonly declared: ReadonlyMap<string, number>
  /** whether cold values are findings */
  readonly strict: boolean
}

/** Where a run that begins late gets its state. */
type Start = "declared" | "nothing"

/** The shortest length from which on every longer one is right as well. */
const warmFrom = (ladder: ReadonlyArray<number>, isRight: (rung: number) => boolean): number => {
  let warm = Infinity
  for (let rung = ladder.length - 1; rung >= 0 && isRight(rung); rung--) warm = ladder[rung] ?? Infinity
  return warm
}

/** What was measured at one market. */
export interface MeasuredMarket {
  readonly samples: number
  readonly comparisons: number
  /** by feature, sample after sample */
  readonly measured: ReadonlyMap<string, ReadonlyArray<Measured>>
  /** by feature, at how many samples it failed */
  readonly failed: ReadonlyMap<string, number>
  readonly findings: ReadonlyArray<WarmupFinding>
}

/** Audits one market at its draws. */
export const measureMarket = <Own>(
  subject: Subject<Own>,
  { columns, instants, log, market }: AuditedMarket,
  { declared, ladder, strict }: WarmupPlan,
  draws: ReadonlyArray<Draw>,
  range: Pick<Sampling, "from" | "to">,
  onDone: (samples: number) => Effect.Effect<void>
) =>
  Effect.gen(function*() {
    const moments = momentsOf(draws, instants, range)
    const whole = new Replay(columns)
    const measured = new Map(subject.features.map((feature): [string, Array<Measured>] => [feature, []]))
    const failed = new Map(subject.features.map((feature) => [feature, 0]))
    const findings = new Map<string, WarmupFinding>()
    let comparisons = 0

    const answersOver = (replay: Pick<Replay, "state">, after: number, at: Instant) =>
      Effect.gen(function*() {
        const shown = variantLog(
          log,
          (own) => between(own, after === -Infinity ? beginning : asOf(after), asOf(at)),
          replay.state.sequence
        )
        return answersAt(subject, yield* bindSubject(subject, market, replay, shown), at)
      })

    /** What a run answers at `at` that has seen what became known after `after` alone. */
    const lateAnswers = (start: Start, after: number, at: Instant) =>
      Effect.suspend(() => {
        if (start === "declared") whole.seek(after)
        const state = start === "declared" ? declaredState(whole.state) : new MarketState()
        const late = new Replay(between(columns, asOf(after), asOf(at)), Infinity, state)
        late.advance(at)
        return answersOver(late, after, at)
      })

    const differsFrom = (truth: Answers, at: Instant, found: ReadonlyMap<string, Compared>) =>
      new Map(differing(subject, at, truth, found).map((differs) => [differs.feature, differs]))

    /** Without ages: nothing tells a recorder how old the description is that it has not seen. */
    const ageless = (found: Answers): ReadonlyMap<string, Compared> =>
      new Map([...found].map(([group, { reasons, values }]) => [group, { reasons, values }]))

    /** The differences of every rung of the ladder, by feature; a run that has missed nothing differs in nothing. */
    const climb = (start: Start, truth: Answers, at: Instant) =>
      Effect.forEach(ladder, (length) =>
        at - length < (instants[0] ?? Infinity)
          ? Effect.succeed(new Map<string, Differing>())
          : Effect.map(
            lateAnswers(start, at - length, at),
            (found) => differsFrom(truth, at, start === "nothing" ? ageless(found) : found)
          ))

    /** The newest event before `after` with which, as the first one of a run, the feature is right. */
    const firstMissed = (feature: string, after: number, truth: Answers, at: Instant) => {
      const before = instantsUpTo(instants, after)
      const isRight = (earlier: number) =>
        earlier === before
          ? Effect.succeed(true)
          : Effect.map(
            lateAnswers("declared", instants[before - 1 - earlier] ?? 0, at),
            (found) => !differsFrom(truth, at, found).has(feature)
          )
      return Effect.map(firstDiffering(before, isRight), (earlier) => {
        const instant = earlier === undefined ? NaN : instants[before - earlier] ?? NaN
        return placesOf(between(columns, asOf(instant - 1), asOf(instant)))[0] ?? null
      })
    }

    for (const [index, at] of moments.entries()) {
      whole.seek(at)
      const truth = yield* answersOver(whole, -Infinity, at)
      const rungs = yield* climb("declared", truth, at)
      const bare = yield* climb("nothing", truth, at)
      comparisons += 2 * ladder.length * subject.features.length
      for (const feature of subject.features) {
        const reach = declared.get(feature) ?? 0
        const isCold = (rung: number) => (ladder[rung] ?? 0) < reach
        const cold = rungs.findIndex((found, rung) =>
          isCold(rung) && (found.get(feature)?.found.value ?? null) !== null
        )
        const undeclared = rungs.findIndex((found, rung) => !isCold(rung) && found.has(feature))
        measured.get(feature)?.push({
          warm: warmFrom(ladder, (rung) => rungs[rung]?.has(feature) === false),
          fromNothing: warmFrom(ladder, (rung) => bare[rung]?.has(feature) === false),
          coldValue: cold >= 0
        })
        const rung = undeclared >= 0 ? undeclared : strict ? cold : -1
        const differs = rungs[rung]?.get(feature)
        if (differs === undefined) continue
        failed.set(feature, (failed.get(feature) ?? 0) + 1)
        const check: WarmupCheck = undeclared >= 0 ? "undeclared_history" : "cold_value"
        const key = `${feature} ${check}`
        if (findings.has(key)) continue
        const length = ladder[rung] ?? 0
        const first_event = yield* firstMissed(feature, at - length, truth, at)
        findings.set(key, { market, at, check, ...differs, history_ms: length, declared_ms: reach, first_event })
      }
      yield* onDone(index + 1)
    }
    const result: MeasuredMarket = {
      samples: moments.length,
      comparisons,
      measured,
      failed,
      findings: [...findings.values()]
    }
    return result
  })
