import { Clock, Effect } from "effect"

/** No whole number of hours, days or weeks: every reading of a clock tells the two times apart, however coarse it is. */
const laterMillis = ((400 * 24 + 7) * 60 + 13) * 60_000 + 17_123

/** Runs an effect, and what it binds, under an Effect clock that is more than a year ahead. */
export const underLaterClock = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(Effect.clock, (clock) => {
    const unsafeCurrentTimeMillis = () => clock.unsafeCurrentTimeMillis() + laterMillis
    const unsafeCurrentTimeNanos = () => clock.unsafeCurrentTimeNanos() + BigInt(laterMillis) * 1_000_000n
    return Effect.withClock(effect, {
      [Clock.ClockTypeId]: Clock.ClockTypeId,
      unsafeCurrentTimeMillis,
      unsafeCurrentTimeNanos,
      currentTimeMillis: Effect.sync(unsafeCurrentTimeMillis),
      currentTimeNanos: Effect.sync(unsafeCurrentTimeNanos),
      sleep: (duration) => clock.sleep(duration)
    })
  })

/** `Date` as it will be more than a year from now: the same but for what it takes from the machine's clock. */
const laterDate = (plain: DateConstructor): DateConstructor => {
  const now = () => plain.now() + laterMillis
  return new Proxy(plain, {
    construct: (_, given: ReadonlyArray<unknown>) => {
      const made: unknown = Reflect.construct(plain, given.length === 0 ? [now()] : given)
      return made instanceof plain ? made : new plain(now())
    },
    apply: () => new plain(now()).toString(),
    get: (_, key) => {
      const own: unknown = Reflect.get(plain, key)
      return key === "now" ? now : own
    }
  })
}

/**
 * Runs a step as it would run more than a year from now, also where it asks JavaScript's `Date` itself, which no Layer can
 * replace. The step is synchronous, so that nothing else sees that time. (`performance.now` needs no such help: it never
 * reads the same twice.)
 */
export const atLaterTime = <A>(step: () => A): A => {
  const plain = globalThis.Date
  globalThis.Date = laterDate(plain)
  try {
    return step()
  } finally {
    globalThis.Date = plain
  }
}
