import { Clock, Effect } from "effect"

/** A clock set by hand, either way: the time of day and the machine's count of nanoseconds apart. Nothing ever wakes. */
export class HandClock implements Clock.Clock {
  readonly [Clock.ClockTypeId]: Clock.ClockTypeId = Clock.ClockTypeId
  readonly currentTimeMillis = Effect.sync(() => this.unsafeCurrentTimeMillis())
  readonly currentTimeNanos = Effect.sync(() => this.unsafeCurrentTimeNanos())

  /** @param millis since the epoch, an integer @param nanos of the machine, from anywhere */
  constructor(public millis: number, public nanos = BigInt(millis) * 1_000_000n) {}

  /** Lets both go on together. */
  pass(millis: number): void {
    this.millis += millis
    this.nanos += BigInt(millis) * 1_000_000n
  }

  unsafeCurrentTimeMillis(): number {
    return this.millis
  }

  unsafeCurrentTimeNanos(): bigint {
    return this.nanos
  }

  sleep(): Effect.Effect<void> {
    return Effect.never
  }
}
