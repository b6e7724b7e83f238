import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { Effect, type Redacted, Schedule } from "effect"
import type { Lines } from "./signalFile.js"

export interface WebhookOptions {
  readonly url: string
  readonly token: Redacted.Redacted | undefined
}

/** Lines that wait while the other side is slow; beyond it the oldest are dropped, and said to be. */
const mostWaiting = 10_000

const timeout = "10 seconds"

/** About a minute of tries. */
const again = Schedule.exponential("500 millis").pipe(Schedule.jittered, Schedule.intersect(Schedule.recurs(7)))

/** How long a process that ends goes on delivering. */
const lastChance = "2 seconds"

/**
 * Posts lines, one JSON document a request, in order and behind whoever hands them over; a line may come twice where an
 * answer was lost. What cannot be delivered is said in the log, without the address: it may hold a secret.
 */
export const webhook = ({ token, url }: WebhookOptions) =>
  Effect.gen(function*() {
    const client = HttpClient.filterStatusOk(yield* HttpClient.HttpClient)
    const arrived = yield* Effect.makeLatch(false)
    let waiting: ReadonlyArray<string> = []
    let dropped = 0

    const post = (line: string) => {
      const request = HttpClientRequest.post(url).pipe(
        HttpClientRequest.bodyText(line, "application/json"),
        (bare) => token === undefined ? bare : HttpClientRequest.bearerToken(bare, token)
      )
      return client.execute(request).pipe(
        Effect.flatMap((response) => Effect.ignore(response.text)),
        Effect.scoped,
        Effect.disconnect,
        Effect.timeout(timeout),
        Effect.retry(again),
        Effect.catchAll((failure) =>
          Effect.logWarning("a signal could not be delivered to the webhook").pipe(
            Effect.annotateLogs("failure", failure._tag)
          )
        )
      )
    }

    const deliver = Effect.suspend(() => {
      const [line] = waiting
      if (line === undefined) return Effect.void
      return Effect.map(post(line), () => {
        // the oldest may have been dropped meanwhile
        if (waiting[0] === line) waiting = waiting.slice(1)
        if (waiting.length === 0) arrived.unsafeClose()
      })
    })
    const deliverRest = Effect.whileLoop({
      while: () => waiting.length > 0,
      body: () => deliver,
      step: () => undefined
    })
    yield* Effect.addFinalizer(() => deliverRest.pipe(Effect.interruptible, Effect.timeout(lastChance), Effect.ignore))
    yield* Effect.forkScoped(Effect.forever(Effect.zipRight(arrived.await, deliver)))

    const write: Lines = (line) =>
      Effect.suspend(() => {
        const isFull = waiting.length >= mostWaiting
        waiting = [...isFull ? waiting.slice(1) : waiting, line]
        arrived.unsafeOpen()
        return isFull && dropped++ === 0
          ? Effect.logWarning("the webhook is too slow: the oldest signals are dropped")
          : Effect.void
      })
    return write
  })
