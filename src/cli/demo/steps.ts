import { Clock, Effect } from "effect"
import { Output } from "../terminal/Output.js"
import { indented } from "../terminal/table.js"
import { took } from "../terminal/text.js"

/** Headings with their number and, below, what came of the step and how long it took; nothing of it with `--json`. */
export const makeSteps = (total: number) =>
  Effect.map(Output, ({ colors, json, print }) => {
    const say = (text: string) => json ? Effect.void : print(text)
    let number = 0
    return {
      /** Runs a step; `text` is built of its result, where it is printed. */
      step: <A, E, R>(title: string, work: Effect.Effect<A, E, R>, text: (result: A) => string) =>
        Effect.gen(function*() {
          number++
          yield* say(`\n${colors.bold(colors.cyan(`${number}/${total} ${title}`))}`)
          const start = yield* Clock.currentTimeMillis
          const result = yield* work
          const millis = (yield* Clock.currentTimeMillis) - start
          yield* json ? Effect.void : print(indented(text(result)))
          yield* say(indented(colors.dim(took(millis))))
          return { result, millis }
        }),
      say
    }
  })
