import * as NodeContext from "@effect/platform-node/NodeContext"
import { Effect, Layer, Schema } from "effect"
import { fork } from "node:child_process"
import { copyFileSync } from "node:fs"
import { LiveClock } from "../../src/context/LiveClock.js"
import { importFile } from "../../src/importer/importFiles.js"
import { compare, type Goal, timed } from "./compare.js"
import { buildShared, writeSpine } from "./dataset.js"
import { materializeAll } from "./features.js"
import { opening } from "./generate.js"
import { makeQuotes, writeCsv } from "./quotes.js"
import { removeDatabase, storage } from "./storage.js"

/** Events at each size: four times as many from one to the next, by twice the markets and twice the quotes of each. */
const sizes = [1, 4, 16].map((times) => ({
  times,
  markets: 25 * Math.sqrt(times),
  perMarket: 2_000 * Math.sqrt(times),
  events: 50_000 * times,
  end: makeQuotes(1, 2_000 * Math.sqrt(times)).end
}))
type Size = typeof sizes[number]

const Measured = Schema.Struct({ millis: Schema.Number, peakMegabytes: Schema.Number })
type Measured = typeof Measured.Type

/** Tells the process that started this one how long a step took, and the most memory that it ever held. */
const measured = <A, E>(step: Effect.Effect<A, E>) =>
  Effect.map(timed(step), ({ millis }) => {
    process.send?.({ millis, peakMegabytes: process.resourceUsage().maxRSS / 1_000 } satisfies Measured)
  })

const Plan = Schema.parseJson(Schema.Struct({ folder: Schema.String, times: Schema.Number, end: Schema.Number }))
type Plan = typeof Plan.Type

const at = ({ folder, times }: Pick<Plan, "folder" | "times">, name: string): string => `${folder}/${times}-${name}`

const steps: Record<string, (plan: Plan) => Effect.Effect<unknown>> = {
  import: (plan) =>
    importFile(at(plan, "quotes.csv"), { format: "quotes" }).pipe(
      Effect.provide(Layer.merge(storage(at(plan, "log.db")), NodeContext.layer)),
      Effect.orDie
    ),
  materialize: (plan) =>
    materializeAll(at(plan, "own.db"), opening, plan.end).pipe(Effect.provide(NodeContext.layer), Effect.orDie),
  dataset: (plan) =>
    buildShared(at(plan, "spine.csv"), at(plan, "set.parquet")).pipe(
      Effect.provide(Layer.merge(Layer.provideMerge(LiveClock, storage(at(plan, "log.db"))), NodeContext.layer)),
      Effect.orDie
    )
}

const role = (step: string): string => `growth-${step}`

/** The steps, each run in a process of its own. */
export const growthSteps: ReadonlyMap<string, (word: string) => Effect.Effect<void>> = new Map(
  Object.entries(steps).map(([name, step]) => [
    role(name),
    (word: string) => Effect.flatMap(Effect.orDie(Schema.decode(Plan)(word)), (plan) => measured(step(plan)))
  ])
)

const runStep = (step: string, plan: Plan) =>
  Effect.async<unknown>((resume) => {
    let told: unknown
    fork(process.argv[1] ?? "", [role(step), JSON.stringify(plan)], { execArgv: [...process.execArgv] })
      .on("message", (message) => {
        told = message
      })
      .on("close", () => resume(Effect.succeed(told)))
  }).pipe(Effect.flatMap(Schema.decodeUnknown(Measured)), Effect.orDie)

const prepare: Record<string, (plan: Plan) => void> = {
  import: (plan) => removeDatabase(at(plan, "log.db")),
  materialize: (plan) => {
    removeDatabase(at(plan, "own.db"))
    copyFileSync(at(plan, "log.db"), at(plan, "own.db"))
  },
  dataset: () => undefined
}

interface Figure {
  readonly what: string
  readonly unit: string
  readonly of: (measured: Measured, size: Size) => number
  /** how large it may be at the largest size */
  readonly goal: Goal
}

/** A figure of a step at every size, the largest first: what it is there beside what it is at the smaller ones. */
const growthOf = (
  step: string,
  figure: Figure,
  run: (size: Size) => Effect.Effect<Measured>,
  rounds: number
) =>
  compare({
    name: `growth of ${step}, ${figure.what}`,
    data: sizes.map(({ events, markets, times }) => `${times}x: ${markets} markets, ${events} events`).join("; "),
    rounds,
    isApart: true,
    competitors: sizes.toReversed().map((size, index) => ({
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
      writeCsv(at({ folder, times }, "quotes.csv"), makeQuotes(markets, perMarket))
      writeSpine(at({ folder, times }, "spine.csv"), events, markets, end)
    }
    const grown = yield* Effect.forEach(Object.keys(steps), (step) => {
      const latest = new Map<Size, Measured>()
      const time: Figure = {
        what: "time",
        unit: "ns/event",
        of: ({ millis }, { events }) => millis * 1e6 / events,
        // at 1x what every process starts with counts
        goal: { against: "4x", atMost: 1.2 }
      }
      const memory: Figure = {
        what: "peak memory",
        unit: "MB",
        of: ({ peakMegabytes }) => peakMegabytes,
        goal: { against: "1x", atMost: 1.5 }
      }
      const run = (size: Size) => {
        const plan = { folder, times: size.times, end: size.end }
        return Effect.sync(() => prepare[step]?.(plan)).pipe(
          Effect.zipRight(runStep(step, plan)),
          Effect.tap((measurement) => Effect.sync(() => latest.set(size, measurement)))
        )
      }
      return Effect.all([
        growthOf(step, time, run, 2),
        // of the same runs
        growthOf(step, memory, (size) => Effect.suspend(() => Effect.orDie(Effect.fromNullable(latest.get(size)))), 1)
      ])
    })
    return grown.flat()
  })
