import { Effect } from "effect"
import type { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import { checkpoint, restore } from "../state/MarketState.js"
import { Replay } from "../state/Replay.js"
import type { AuditedMarket } from "./auditedMarket.js"
import type { EventPlace } from "./difference.js"
import { firstDiffering } from "./firstDifference.js"
import { atLaterTime, underLaterClock } from "./machineTime.js"
import { type Draw, momentsOf, type Sampling, shuffled } from "./moments.js"
import { asOf, beginning, between, end, instantsUpTo, placesOf } from "./position.js"
import { alterRows, strangeEvents } from "./strangeFutures.js"
import { type Answers, answersAt, bindSubject, type Differing, differing, type Subject } from "./subject.js"
import { type Rewrite, variantLog } from "./variantLog.js"

/**
 * What was done when an answer moved.
 * - `cut`: what the log holds after the instant was taken away; `changed`: altered; `added`: joined by strange events
 * - `again`: nothing; it was asked for a second time
 * - `order`: its kernel had answered for other instants before
 * - `machine_time`: it was computed when the machine's clock showed another time
 */
export type LookaheadCheck = "cut" | "changed" | "added" | "again" | "order" | "machine_time"

/** An answer that is not a function of the instant and of what was known then: `expected` is what was known then. */
export interface LookaheadFinding extends Differing {
  readonly market: MarketId
  readonly at: Instant
  readonly check: LookaheadCheck
  /** the first event after the instant whose presence moves the answer; `null` where no event is needed to move it */
  readonly first_event: EventPlace | null
}

/** Events after an instant that a changed state is let run over: kernels can reach traces of the nearest ones alone. */
const runOver = 256

/** A market under audit. */
interface Audited extends AuditedMarket {
  /** the log position */
  readonly position: number
}

/** How a log goes on after an instant. */
interface Future {
  readonly check: "cut" | "changed" | "added"
  /** a market's events with this future in place of their own */
  readonly rewrite: Rewrite
  readonly position: number
}

/** The futures in which an answer is compared with what it is where there is none; the log's own is what `cut` takes away. */
const futuresAt = ({ instants, position }: Audited, at: Instant): ReadonlyArray<Future> => {
  const strange = strangeEvents(at, instants.at(-1) ?? at, position + 1)
  return [
    { check: "cut", rewrite: (columns) => columns, position },
    {
      check: "changed",
      rewrite: (columns) => [
        ...between(columns, beginning, asOf(at)),
        ...between(columns, asOf(at), end).map(alterRows)
      ],
      position
    },
    {
      check: "added",
      rewrite: (columns) => [...columns, ...strange],
      position: strange.reduce((sum, { rows }) => sum + rows, position)
    }
  ]
}

/**
 * The first event behind `at` with which, as the last one of the log, the feature answers otherwise than with none.
 * `undefined` where it does not: what moved it then was not the log alone.
 */
const firstEvent = <Own>(
  subject: Subject<Own>,
  { columns, log, market }: Audited,
  { rewrite }: Future,
  at: Instant,
  feature: string,
  expected: Answers
) => {
  const rewritten = rewrite(columns)
  const places = placesOf(between(rewritten, asOf(at), end))
  const differsWith = (count: number) =>
    Effect.gen(function*() {
      const last = places[count - 1]
      const upTo = last === undefined ? asOf(at) : { at: last.available_at, sequence: last.sequence }
      const replay = new Replay(between(rewritten, beginning, upTo))
      replay.advance(Infinity)
      const shown = variantLog(log, (own) => between(rewrite(own), beginning, upTo), replay.state.sequence)
      const bound = yield* bindSubject(subject, market, replay, shown)
      replay.seek(at)
      return differing(subject, at, expected, answersAt(subject, bound, at)).some((own) => own.feature === feature)
    })
  return Effect.map(
    firstDiffering(places.length, differsWith),
    (count) => count === undefined ? null : places[count - 1] ?? null
  )
}

/** What the audit of one market came to. */
export interface CheckedMarket {
  readonly samples: number
  readonly comparisons: number
  /** by feature, at how many samples it failed */
  readonly failed: ReadonlyMap<string, number>
  readonly findings: ReadonlyArray<LookaheadFinding>
}

/**
 * Audits one market at its draws.
 *
 * What is true is what fresh kernels answer over a state that has never seen anything later. Everything else is compared
 * with it: the same again; fresh kernels at another machine time; fresh kernels over states that come back from each future,
 * whose traces lie in their arrays beyond the ends; and kernels that have been used for all instants, in a random order.
 */
export const checkMarket = <Own>(
  subject: Subject<Own>,
  audited: Audited,
  draws: ReadonlyArray<Draw>,
  range: Pick<Sampling, "from" | "to" | "seed">,
  onDone: (samples: number) => Effect.Effect<void>
) =>
  Effect.gen(function*() {
    const { columns, instants, log, market } = audited
    const moments = momentsOf(draws, instants, range)
    const findings = new Map<string, LookaheadFinding>()
    const failedAt = moments.map(() => new Set<string>())
    let comparisons = 0

    /** Notes where answers differ from `expected`, in features that have not failed at this moment before. */
    const compare = (
      index: number,
      at: Instant,
      check: LookaheadCheck,
      expected: Answers,
      found: Answers,
      eventOf: (feature: string) => Effect.Effect<EventPlace | null> = () => Effect.succeed(null)
    ) =>
      Effect.forEach(differing(subject, at, expected, found), (differs) =>
        Effect.gen(function*() {
          const failed = failedAt[index]
          if (failed === undefined || failed.has(differs.feature)) return
          failed.add(differs.feature)
          const key = `${differs.feature} ${check}`
          if (findings.has(key)) return
          findings.set(key, { market, at, check, ...differs, first_event: yield* eventOf(differs.feature) })
        }), { discard: true }).pipe(Effect.tap(Effect.sync(() => {
          comparisons += subject.features.length
        })))

    const ending = new Replay(columns, Infinity)
    const whole = new Replay(columns)
    const used = yield* bindSubject(subject, market, whole, log)
    whole.advance(Infinity)
    const last = instants.at(-1) ?? 0
    const returning = { changed: new Replay(columns, Infinity), added: new Replay(columns, Infinity) }

    /** What fresh kernels answer that are bound once a future has come, over a state that goes back from there. */
    const answerFrom = (future: Future, at: Instant) =>
      Effect.gen(function*() {
        const shown = variantLog(log, future.rewrite, future.position)
        if (future.check === "cut") {
          whole.seek(last)
          const bound = yield* bindSubject(subject, market, whole, log)
          whole.seek(at)
          return answersAt(subject, bound, at)
        }
        const replay = returning[future.check]
        replay.advance(at)
        const here = checkpoint(replay.state)
        const far = instants[instantsUpTo(instants, at) + runOver] ?? Infinity
        new Replay(future.rewrite(between(columns, asOf(at), asOf(far))), Infinity, replay.state).advance(Infinity)
        const bound = yield* bindSubject(subject, market, replay, shown)
        restore(replay.state, here)
        return answersAt(subject, bound, at)
      })

    const truths: Array<Answers> = []
    for (const [index, at] of moments.entries()) {
      ending.advance(at)
      const shown = variantLog(log, (own) => between(own, beginning, asOf(at)), ending.state.sequence)
      const bound = yield* bindSubject(subject, market, ending, shown)
      const truth = answersAt(subject, bound, at)
      truths.push(truth)
      yield* compare(index, at, "again", truth, answersAt(subject, bound, at))
      const later = yield* underLaterClock(bindSubject(subject, market, ending, shown))
      yield* compare(index, at, "machine_time", truth, atLaterTime(() => answersAt(subject, later, at)))
      for (const future of futuresAt(audited, at)) {
        const found = yield* answerFrom(future, at)
        yield* compare(index, at, future.check, truth, found, (feature) =>
          firstEvent(subject, audited, future, at, feature, truth))
      }
      yield* onDone(index + 1)
    }

    const order = shuffled(moments.length, range.seed)
    for (const index of [...order, ...[...order].reverse()]) {
      const [at, truth] = [moments[index], truths[index]]
      if (at === undefined || truth === undefined) {
        continue
      }
      whole.seek(at)
      yield* compare(index, at, "order", truth, answersAt(subject, used, at))
    }

    const failed = new Map(
      subject.features.map((feature) => [
        feature,
        failedAt.filter((features) =>
          features.has(feature)
        ).length
      ])
    )
    const checked: CheckedMarket = { samples: moments.length, comparisons, failed, findings: [...findings.values()] }
    return checked
  })
