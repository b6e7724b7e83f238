import { Effect, Runtime } from "effect"
import { formatInstant, Instant } from "../../domain/Instant.js"
import type { Answered } from "../../server/gate.js"
import { Output } from "../terminal/Output.js"

/** One JSON line on stderr for each request. It holds no query and no header, so no secret. */
export const accessLog = Effect.gen(function*() {
  const { note } = yield* Output
  const clock = yield* Effect.clock
  const run = Runtime.runFork(yield* Effect.runtime())
  return ({ bytes, client, method, millis, path, route, scope, status }: Answered): void => {
    const time = formatInstant(Instant(clock.unsafeCurrentTimeMillis()))
    const ms = Number(millis.toFixed(3))
    run(note(JSON.stringify({ time, method, path, route, status, ms, bytes, client, scope })))
  }
})
