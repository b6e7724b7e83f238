import { Effect } from "effect"
import { clearLine, cursorTo } from "node:readline"
import { Output } from "./Output.js"

/** Between two plain lines where there is no terminal. */
const lineEvery = "10 seconds"
const repaintEvery = "500 millis"

/**
 * Shows one line that is always true of now, as long as the scope lasts: repainted in place on a terminal, written anew now
 * and then elsewhere, nothing with `--json`.
 */
export const statusLine = (text: Effect.Effect<string>) =>
  Effect.gen(function*() {
    const { note, progress } = yield* Output
    if (progress === undefined) return
    if (!progress.isTTY) {
      yield* Effect.forkScoped(Effect.forever(Effect.zipRight(Effect.sleep(lineEvery), Effect.flatMap(text, note))))
      return
    }
    const paint = Effect.map(text, (line) => {
      cursorTo(progress, 0)
      progress.write(line.slice(0, Math.max(1, progress.columns - 1)))
      clearLine(progress, 1)
    })
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        cursorTo(progress, 0)
        clearLine(progress, 0)
      })
    )
    yield* Effect.forkScoped(Effect.forever(Effect.zipRight(paint, Effect.sleep(repaintEvery))))
  })
