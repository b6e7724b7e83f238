import { Context, Deferred, Effect, Layer, Schedule } from "effect"
import { Ingest } from "../context/Ingest.js"
import { Intake } from "../context/Intake.js"
import type { MarketEvent } from "../domain/Event.js"
import type { Appended } from "../store/EventLog.js"
import type { Telemetry } from "../telemetry/Telemetry.js"
import { makeRecorderMetrics, type Recorded } from "./recorderMetrics.js"

/** Told of each batch, in order, once it is durable and applied. */
export type OnAppended = (appended: Appended) => void

/** What a recorder says of itself. */
export class Recorder extends Context.Tag("live/Recorder")<Recorder, {
  readonly recorded: Effect.Effect<Recorded>
  /** Has every batch from now on told to `listener`. */
  readonly listen: (listener: OnAppended) => Effect.Effect<void>
}>() {}

/** Events held while storage is slower than the sources, or refuses them. Beyond it sources are told to wait. */
const mostHeld = 500_000

/** The most of one transaction. */
const mostInBatch = 20_000

/**
 * Between two batches, in ms: a commit is synchronised to the disk, and what arrives meanwhile shares the next one. An event
 * that arrives alone after a pause does not wait. The more came last, the longer, so that under load a commit's own cost is
 * shared by many.
 */
const lingerAfter = (events: number): number => Math.min(Math.max(events / 100, 5), 20)

/** What storage refuses is tried again until it is taken: a full disk loses nothing once there is space again. */
const again = Schedule.exponential("100 millis").pipe(Schedule.union(Schedule.spaced("5 seconds")))

/** How long a recorder that ends goes on trying to keep what it has taken. */
const lastChance = "5 seconds"

interface Waiting {
  readonly upTo: number
  readonly done: Deferred.Deferred<void>
}

const make = Effect.gen(function*() {
  const ingest = yield* Ingest
  const metrics = yield* makeRecorderMetrics
  const arrived = yield* Effect.makeLatch(false)
  const roomy = yield* Effect.makeLatch(true)
  const listeners: Array<OnAppended> = []
  let held: Array<MarketEvent> = []
  /** events taken, and events published, since the start */
  let [taken, published] = [0, 0]
  let lastBatch = 0
  let waiting: Array<Waiting> = []

  const offer: Intake["Type"]["offer"] = (events) => {
    if (events.length === 0) return true
    if (held.length + events.length > mostHeld) {
      roomy.unsafeClose()
      return false
    }
    for (const event of events) held.push(event)
    taken += events.length
    metrics.hold(held.length)
    arrived.unsafeOpen()
    return true
  }

  const noted = (batch: number, appended: Appended) => {
    held = held.slice(batch)
    published += batch
    lastBatch = batch
    metrics.hold(held.length)
    metrics.note(appended)
    for (const listener of listeners) listener(appended)
    if (held.length <= mostHeld / 2) roomy.unsafeOpen()
    if (held.length === 0) arrived.unsafeClose()
    for (const { done, upTo } of waiting) if (upTo <= published) Deferred.unsafeDone(done, Effect.void)
    waiting = waiting.filter(({ upTo }) => upTo > published)
  }

  // between a commit and its being noted nothing may come, or events would be published twice
  const publishOnce = Effect.suspend(() => {
    const batch = held.slice(0, mostInBatch)
    return Effect.map(ingest.publish(batch), (appended) => noted(batch.length, appended))
  }).pipe(Effect.uninterruptible)

  const publish = publishOnce.pipe(
    Effect.tapError((failure) => {
      metrics.failed()
      return Effect.logWarning("the log does not take events at present; they are held").pipe(
        Effect.annotateLogs("failure", failure.message)
      )
    }),
    Effect.retry(again),
    // `again` has no end
    Effect.orDie
  )

  const drain = Effect.whileLoop({ while: () => held.length > 0, body: () => publish, step: () => undefined })
  yield* Effect.addFinalizer(() =>
    drain.pipe(
      Effect.interruptible,
      Effect.timeout(lastChance),
      Effect.catchAll(() =>
        Effect.logError("events could not be kept before the end").pipe(Effect.annotateLogs("events", held.length))
      )
    )
  )
  const pause = Effect.suspend(() => Effect.sleep(lingerAfter(lastBatch)))
  yield* Effect.forkScoped(
    Effect.forever(Effect.all([arrived.await, publish, pause], { discard: true }))
  )

  const makeDone: Effect.Effect<Deferred.Deferred<void>> = Deferred.make()
  const settled = Effect.flatMap(makeDone, (done) =>
    Effect.suspend(() => {
      if (published >= taken) return Effect.void
      waiting.push({ upTo: taken, done })
      return Deferred.await(done)
    }))

  return Context.make(Intake, { offer, room: roomy.await, settled }).pipe(
    Context.add(Recorder, {
      recorded: metrics.recorded,
      listen: (listener) =>
        Effect.sync(() => {
          listeners.push(listener)
        })
    })
  )
})

/** The way from sources into the log: takes what they read, and publishes it in batches, in order. */
export const layer: Layer.Layer<Intake | Recorder, never, Ingest | Telemetry> = Layer.scopedContext(make)
