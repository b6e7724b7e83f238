import cliProgress from "cli-progress"
import { Clock, Effect } from "effect"
import { Output } from "./Output.js"
import { count } from "./text.js"

/** How far some work has come; `total` may change on the way. */
export type Report = (done: number, total: number) => Effect.Effect<void>

/** Between two plain lines, in milliseconds. */
const lineEvery = 5_000

/** How amounts of work are written: `(value) => "12 MB"`, or a noun behind plain counts. */
export type Unit = string | ((value: number) => string)

const shown = (unit: Unit, done: number, total: number): string =>
  typeof unit === "string" ? `${count(done)} of ${count(total)} ${unit}` : `${unit(done)} of ${unit(total)}`

const percent = (done: number, total: number): number => total === 0 ? 100 : Math.floor(done / total * 100)

const bar = (stream: NodeJS.WriteStream, label: string, unit: Unit) =>
  Effect.acquireRelease(
    Effect.sync(() =>
      new cliProgress.SingleBar({
        format: `${label} {bar} {percentage} %  {shown}`,
        stream,
        barsize: 32,
        barCompleteChar: "█",
        barIncompleteChar: "░",
        hideCursor: true,
        clearOnComplete: true,
        gracefulExit: false,
        fps: 12
      })
    ),
    (drawn) => Effect.sync(() => drawn.stop())
  ).pipe(Effect.map((drawn): Report => (done, total) =>
    Effect.sync(() => {
      const payload = { shown: shown(unit, done, total) }
      if (!drawn.isActive) drawn.start(total, done, payload)
      drawn.setTotal(total)
      drawn.update(done, payload)
    })
  ))

const lines = (label: string, unit: Unit) =>
  Effect.gen(function*() {
    const { note } = yield* Output
    let last = yield* Clock.currentTimeMillis
    const report: Report = (done, total) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        if (now - last < lineEvery) return Effect.void
        last = now
        return note(`${label}: ${shown(unit, done, total)} (${percent(done, total)} %)`)
      })
    return report
  })

/** Lets signals and timers in: long work that never waits would keep Ctrl-C out until it is done. */
const breathe: Effect.Effect<void> = Effect.async((resume) => {
  setImmediate(() => resume(Effect.void))
})

/** Runs long work that reports: a bar on a terminal, a line now and then elsewhere, nothing with `--json`. */
export const withProgress = <A, E, R>(
  { label, unit }: { readonly label: string; readonly unit: Unit },
  use: (report: Report) => Effect.Effect<A, E, R>
) =>
  Effect.scoped(Effect.gen(function*() {
    const { progress } = yield* Output
    if (progress === undefined) return yield* use(() => breathe)
    const report = yield* progress.isTTY ? bar(progress, label, unit) : lines(label, unit)
    return yield* use((done, total) => Effect.zipRight(breathe, report(done, total)))
  }))
