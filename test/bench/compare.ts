import { Effect, FiberRef, Schema } from "effect"

/** One way to do a work. */
export interface Competitor<A, E = unknown> {
  readonly name: string
  /** `ours`: this project. `peer`: what users would pick instead. `limit`: the least that any program must do. */
  readonly role: "ours" | "peer" | "limit"
  /** Makes room for a run, such as by removing what the last one left; not timed. */
  readonly prepare?: Effect.Effect<void, E>
  /** Does the work, which is timed; gives back how to read what it left, which is not. */
  readonly run: Effect.Effect<Effect.Effect<A, E>, E>
}

/** How large this project's figure may be beside a competitor's. */
export interface Goal {
  readonly against: string
  readonly atMost: number
}

/** The same data done by several, in turn: A B C A B C. */
export interface Work<A, E = unknown> {
  readonly name: string
  /** how much data, and from where to where */
  readonly data: string
  readonly rounds: number
  /** whether every run is in a process of its own: a first round would warm nothing up */
  readonly isApart?: boolean
  /** what a run goes through, for figures by the item; absent where that says nothing */
  readonly items?: { readonly count: number; readonly of: string }
  /** this project's first */
  readonly competitors: ReadonlyArray<Competitor<A, E>>
  /** how another's result differs from this project's, in words; nothing where they agree */
  readonly difference: (ours: A, theirs: A) => string | undefined
  /** what is compared where it is not the time that a run took: less is better */
  readonly figure?: { readonly unit: string; readonly of: (result: A) => number }
  readonly goals: ReadonlyArray<Goal>
}

const Spread = Schema.Struct({ median: Schema.Number, least: Schema.Number, most: Schema.Number })
type Spread = typeof Spread.Type

/** How one competitor did. */
const Standing = Schema.Struct({
  name: Schema.String,
  role: Schema.Literal("ours", "peer", "limit"),
  figure: Spread,
  /**
   * processor time of a run in ms, of all threads: says more than its time where others use the machine as well; null where
   * the work is done by other processes, or is not measured by its time
   */
  cpu: Schema.NullOr(Schema.Number),
  /** items a second; null where the figure is not a time, or has no items */
  perSecond: Schema.NullOr(Schema.Number),
  /** this project's figure beside this one's, of the same round; null for this project */
  ratio: Schema.NullOr(Spread),
  goal: Schema.NullOr(Schema.Number),
  met: Schema.NullOr(Schema.Boolean)
})
type Standing = typeof Standing.Type

/** What a comparison found: plain data, one of `works` in what `--json` prints. */
export const Outcome = Schema.Struct({
  work: Schema.String,
  data: Schema.String,
  unit: Schema.String,
  rounds: Schema.Int,
  standings: Schema.Array(Standing)
})
export type Outcome = typeof Outcome.Type

/** A competitor whose result is not this project's: nothing that was measured counts. */
export class ResultsDiffer extends Schema.TaggedError<ResultsDiffer>()("ResultsDiffer", {
  work: Schema.String,
  competitor: Schema.String,
  difference: Schema.String
}) {
  override get message(): string {
    return `${this.work}: the result of ${this.competitor} differs: ${this.difference}`
  }
}

/** Rounds are no more than this, whatever a work wants: for a look whether all of it runs. */
export const mostRounds = FiberRef.unsafeMake(Infinity)

/** Wall time of an effect in ms. */
export const timed = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const start = performance.now()
    const value = yield* effect
    return { value, millis: performance.now() - start }
  })

const median = (values: ReadonlyArray<number>): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? NaN
}

const spreadOf = (values: ReadonlyArray<number>): Spread => ({
  median: median(values),
  least: Math.min(...values),
  most: Math.max(...values)
})

/** A run and what it gave; garbage of the one before is not its to clear. */
const runOnce = <A, E>({ prepare = Effect.void, run }: Competitor<A, E>) =>
  Effect.gen(function*() {
    yield* prepare
    yield* Effect.sync(() => globalThis.gc?.())
    const before = process.cpuUsage()
    const { millis, value } = yield* timed(run)
    const { system, user } = process.cpuUsage(before)
    return { cpu: (system + user) / 1_000, millis, read: value }
  })

/** Checks one round's results, each against this project's. */
const demandEqual = <A, E>(work: Work<A, E>, results: ReadonlyArray<A>): Effect.Effect<void, ResultsDiffer> =>
  Effect.forEach(work.competitors, ({ name }, index) => {
    const [ours] = results
    const theirs = results[index]
    if (ours === undefined || theirs === undefined || index === 0) return Effect.void
    const difference = work.difference(ours, theirs)
    return difference === undefined
      ? Effect.void
      : new ResultsDiffer({ work: work.name, competitor: name, difference })
  }, { discard: true })

interface Measured {
  readonly figures: Array<number>
  readonly cpu: Array<number>
}

const standingsOf = <A, E>(
  { competitors, figure, goals, isApart, items }: Work<A, E>,
  measured: ReadonlyArray<Measured>
): ReadonlyArray<Standing> => {
  const ours = measured[0]?.figures ?? []
  return competitors.map(({ name, role }, index): Standing => {
    const { cpu = [], figures: own = [] } = measured[index] ?? {}
    const ratio = index === 0 ? null : spreadOf(own.map((value, round) => (ours[round] ?? NaN) / value))
    const goal = goals.find(({ against }) => against === name)?.atMost ?? null
    return {
      name,
      role,
      figure: spreadOf(own),
      cpu: figure !== undefined || isApart === true ? null : median(cpu),
      perSecond: items === undefined || figure !== undefined ? null : items.count / median(own) * 1_000,
      ratio,
      goal,
      met: goal === null || ratio === null ? null : ratio.median <= goal
    }
  })
}

/**
 * Measures a work. A first round warms up and is not counted; results are checked in it and in the last one. Ratios are of
 * runs of the same round, so that what else the machine does meets both sides.
 */
export const compare = <A, E>(work: Work<A, E>): Effect.Effect<Outcome, E | ResultsDiffer> =>
  Effect.gen(function*() {
    const rounds = Math.min(work.rounds, yield* FiberRef.get(mostRounds))
    const measured = work.competitors.map((): Measured => ({ figures: [], cpu: [] }))
    const first = work.isApart === true ? 1 : 0
    for (let round = first; round <= rounds; round++) {
      const isChecked = round === first || round === rounds
      const results: Array<A> = []
      for (const [index, competitor] of work.competitors.entries()) {
        const { cpu, millis, read } = yield* runOnce(competitor)
        const result = isChecked || work.figure !== undefined ? yield* read : undefined
        if (result !== undefined && isChecked) results.push(result)
        if (round > 0) {
          const figure = result !== undefined && work.figure !== undefined ? work.figure.of(result) : millis
          measured[index]?.figures.push(figure)
          measured[index]?.cpu.push(cpu)
        }
      }
      if (isChecked) yield* demandEqual(work, results)
    }
    return {
      work: work.name,
      data: work.data,
      unit: work.figure?.unit ?? "ms",
      rounds,
      standings: standingsOf(work, measured)
    }
  })

/** For a run whose result lies in memory. */
export const ready = <A, E, R>(run: Effect.Effect<A, E, R>): Effect.Effect<Effect.Effect<A>, E, R> =>
  Effect.map(run, Effect.succeed)
