import { Clock, Duration, Effect, Fiber } from "effect"

interface Sleeper {
  readonly at: number
  readonly wake: () => void
}

/** Lets everything run that need not wait for time: promises and fibers are microtasks, which end before this returns. */
const settle: Effect.Effect<void> = Effect.async((resume) => {
  setImmediate(() => resume(Effect.void))
})

/**
 * Time that passes only in `run`: at each wake-up it stops until all that was woken waits again. It does what `TestClock`
 * does at a thousandth of its cost, for tests of minutes in which something happens every few milliseconds.
 */
export class VirtualClock implements Clock.Clock {
  readonly [Clock.ClockTypeId]: Clock.ClockTypeId = Clock.ClockTypeId
  readonly currentTimeMillis = Effect.sync(() => this.#now)
  readonly currentTimeNanos = Effect.sync(() => this.unsafeCurrentTimeNanos())
  #now: number
  /** by time, and in the order in which they lay down */
  readonly #sleepers: Array<Sleeper> = []

  /** @param start ms since the epoch, an integer */
  constructor(start: number) {
    this.#now = start
  }

  /** How many fibers sleep. */
  get sleeping(): number {
    return this.#sleepers.length
  }

  unsafeCurrentTimeMillis(): number {
    return this.#now
  }

  unsafeCurrentTimeNanos(): bigint {
    return BigInt(this.#now) * 1_000_000n
  }

  sleep(duration: Duration.Duration): Effect.Effect<void> {
    // nothing ends between two milliseconds, as with timers of the machine
    const millis = Math.ceil(Duration.toMillis(duration))
    if (millis <= 0) return Effect.yieldNow()
    return Effect.async((resume) => {
      const sleeper = { at: this.#now + millis, wake: () => resume(Effect.void) }
      let place = this.#sleepers.length
      while (place > 0 && (this.#sleepers[place - 1]?.at ?? 0) > sleeper.at) place--
      this.#sleepers.splice(place, 0, sleeper)
      return Effect.sync(() => {
        const index = this.#sleepers.indexOf(sleeper)
        if (index >= 0) this.#sleepers.splice(index, 1)
      })
    })
  }

  /** Lets time pass up to an instant, inclusive. */
  run(to: number): Effect.Effect<void> {
    const { wakeNext } = this
    return Effect.zipRight(
      settle,
      Effect.whileLoop({ while: () => this.#isDue(to), body: () => wakeNext, step: () => undefined })
    ).pipe(
      Effect.zipRight(Effect.sync(() => {
        this.#now = Math.max(this.#now, to)
      }))
    )
  }

  /** Runs an effect to its end, letting as much time pass as it takes. */
  during<A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    const { wakeNext } = this
    return Effect.flatMap(Effect.fork(effect), (fiber) =>
      settle.pipe(
        Effect.zipRight(Effect.whileLoop({
          while: () => fiber.unsafePoll() === null,
          body: () => this.#sleepers.length > 0 ? wakeNext : settle,
          step: () => undefined
        })),
        Effect.zipRight(Fiber.join(fiber))
      ))
  }

  readonly wakeNext: Effect.Effect<void> = Effect.suspend(() => {
    const sleeper = this.#sleepers.shift()
    if (sleeper === undefined) return Effect.void
    this.#now = Math.max(this.#now, sleeper.at)
    sleeper.wake()
    return settle
  })

  #isDue(to: number): boolean {
    const [next] = this.#sleepers
    return next !== undefined && next.at <= to
  }
}
