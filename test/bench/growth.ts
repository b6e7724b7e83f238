import { Effect, Schema } from "effect"
import { fork } from "node:child_process"
import { copyFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { seeded } from "../../src/audit/random.js"
import { compare, type Goal } from "./compare.js"
import { opening } from "./generate.js"
import { at, Measured, type Plan, type Step, steps } from "./growthPlan.js"
import { importQuotes } from "./ours.js"
import { makeQuotes, writeCsv } from "./quotes.js"
import { randomSpine, writeSpine } from "./spines.js"
import { removeDatabase } from "./storage.js"

/** Events at each size: four times as many from one to the next, by twice the markets and twice the quotes of each. */
const sizes = [1, 4, 16].map((times) => ({
  times,
  markets: 20 * Math.sqrt(times),
  perMarket: 750 * Math.sqrt(times),
  events: 15_000 * times,
  end: makeQuotes(1, 750 * Math.sqrt(times)).end
}))
type Size = typeof sizes[number]

// as bundled, it lies beside this file
const program = fileURLToPath(new URL("growthStep.mjs", import.meta.url))

const runStep = (plan: Plan) =>
  Effect.async<unknown>((resume) => {
    let told: unknown
    fork(program, [JSON.stringify(plan)], { execArgv: [...process.execArgv] })
      .on("message", (message) => {
        told = message
      })
      .on("close", () => resume(Effect.succeed(told)))
  }).pipe(Effect.flatMap(Schema.decodeUnknown(Measured)), Effect.orDie)

/** What a step writes into is as it was before the last run. */
const prepare = (plan: Plan) =>
  Effect.sync(() => {
    removeDatabase(at(plan, "own.db"))
    if (plan.step !== "import") copyFileSync(at(plan, "log.db"), at(plan, "own.db"))
  })

interface Figure {
  readonly what: string
  readonly unit: string
  readonly of: (measured: Measured, size: Size) => number
  /** how large it may be at the largest size */
  readonly goal: Goal
  readonly rounds: number
  readonly sizes: ReadonlyArray<Size>
}

const time: Figure = {
  what: "time",
  unit: "ns/event",
  of: ({ millis }, { events }) => millis * 1e6 / events,
  // at 1x what every process starts with counts
  goal: { against: "4x", atMost: 1.2 },
  rounds: 2,
  sizes
}

const peak: Figure = {
  what: "peak memory of the process",
  unit: "MB",
  of: ({ peakMegabytes }) => peakMegabytes,
  goal: { against: "1x", atMost: 1.5 },
  rounds: 1,
  sizes
}

const held: Figure = {
  what: "memory held, without garbage",
  unit: "MB",
  of: ({ heldMegabytes }) => heldMegabytes,
  goal: { against: "1x", atMost: 1.5 },
  rounds: 1,
  // a process more for each
  sizes: sizes.filter(({ times }) => times !== 4)
}

/** A figure of a step at every size, the largest first: what it is there beside what it is at the smaller ones. */
const growthOf = (step: Step, figure: Figure, run: (size: Size) => Effect.Effect<Measured>) =>
  compare({
    name: `growth of ${step}, ${figure.what}`,
    data: figure.sizes.map(({ events, markets, times }) => `${times}x: ${markets} markets, ${events} events`).join(
      "; "
    ),
    rounds: figure.rounds,
    isApart: true,
    competitors: figure.sizes.toReversed().map((size, index) => ({
      name: `${size.times}x`,
      role: index === 0 ? "ours" as const : "peer" as const,
      run: Effect.map(run(size), (measurement) => Effect.succeed(figure.of(measurement, size)))
    })),
    // what the steps leave is compared with others' results in their own parts
    difference: () => undefined,
    figure: { unit: figure.unit, of: (value) => value },
    goals: [figure.goal]
  })

/** What an event costs, and what memory the process needs, as markets and events grow. */
export const growth = (folder: string) =>
  Effect.gen(function*() {
    for (const { end, events, markets, perMarket, times } of sizes) {
      const own = { folder, times }
      writeCsv(at(own, "quotes.csv"), makeQuotes(markets, perMarket))
      writeSpine(at(own, "spine.csv"), randomSpine(seeded(9), markets, events / 4, end - opening))
      yield* importQuotes(at(own, "quotes.csv"), at(own, "log.db"))
    }
    const grown = yield* Effect.forEach(steps, (step) => {
      const latest = new Map<Size, Measured>()
      const run = (isCollected: boolean) => (size: Size) => {
        const plan = { step, isCollected, folder, times: size.times, markets: size.markets, end: size.end }
        return Effect.tap(
          Effect.zipRight(prepare(plan), runStep(plan)),
          (measurement) => Effect.sync(() => latest.set(size, measurement))
        )
      }
      const measuredThen = (size: Size) => Effect.suspend(() => Effect.orDie(Effect.fromNullable(latest.get(size))))
      return Effect.all([
        growthOf(step, time, run(false)),
        // of the same runs
        growthOf(step, peak, measuredThen),
        growthOf(step, held, run(true))
      ])
    })
    return grown.flat()
  })
