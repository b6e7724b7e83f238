import cliProgress from "cli-progress"
import { Clock, Effect } from "effect"
import { Output } from "./Output.js"
import { count } from "./text.js"

/** How far some work has come; `total` may change on the way. */
export type Report = (done: number, total: number) => Effect.Effect<void>

/** Between two plain lines, in milliseconds. */
const lineEvery = 5_000

const show = (label: string, unit: (value: number) => string, done: number, total: number) =>
  `${label}: ${unit(done)} of ${unit(total)} (${total === 0 ? 100 : Math.floor(done / total * 100)} %)`

const bar = (stream: NodeJS.WriteStream, label: string, unit: (value: number) => string) =>
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
      const payload = { shown: `${unit(done)} of ${unit(total)}` }
      if (!drawn.isActive) drawn.start(total, done, payload)
      drawn.setTotal(total)
      drawn.update(done, payload)
    })
  ))

const lines = (label: string, unit: (value: number) => string) =>
  Effect.gen(function*() {
    const { note } = yield* Output
    let last = yield* Clock.currentTimeMillis
    const report: Report = (done, total) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        if (now - last < lineEvery) return Effect.void
        last = now
        return note(show(label, unit, done, total))
      })
    return report
  })

/** Runs long work that reports: a bar on a terminal, a line now and then elsewhere, nothing with `--json`. */
export const withProgress = <A, E, R>(
  label: string,
  use: (report: Report) => Effect.Effect<A, E, R>,
  unit: (value: number) => string = count
) =>
  Effect.scoped(Effect.gen(function*() {
    const { progress } = yield* Output
    if (progress === undefined) return yield* use(() => Effect.void)
    return yield* use(yield* (progress.isTTY ? bar(progress, label, unit) : lines(label, unit)))
  }))
