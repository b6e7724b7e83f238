import { Effect } from "effect"
import type { Intake } from "../../context/Intake.js"
import type { MarketEvent } from "../../domain/Event.js"

/** Events that are offered at once: few enough to find room in any intake. */
const batch = 256

/** Room for some events need not be room for a batch. */
const pause = "10 millis"

/**
 * Hands events to the intake in their order. What must not be lost, gaps above all, is owed until the intake has room
 * again; as long as something is owed, nothing else is taken.
 */
export class Outbox {
  private owed: Array<MarketEvent> = []
  private readonly isOwing = Effect.unsafeMakeLatch(false)

  constructor(private readonly intake: Intake["Type"]) {}

  get isBlocked(): boolean {
    return this.owed.length > 0
  }

  /** False where there is no room: then none of them was taken. */
  offer(events: ReadonlyArray<MarketEvent>): boolean {
    return !this.isBlocked && this.intake.offer(events)
  }

  owe(events: ReadonlyArray<MarketEvent>): void {
    for (const event of events) this.owed.push(event)
    this.settle()
    if (this.isBlocked) this.isOwing.unsafeOpen()
  }

  private settle(): void {
    while (this.owed.length > 0 && this.intake.offer(this.owed.slice(0, batch))) this.owed.splice(0, batch)
  }

  /** Returns once nothing is owed. */
  readonly settled: Effect.Effect<void> = Effect.suspend(() => {
    this.settle()
    return this.isBlocked ? Effect.zipRight(Effect.delay(this.intake.room, pause), this.settled) : Effect.void
  })

  /** Pays what is owed as soon as there is room, for ever; says so each time. */
  readonly pay = (paid: () => void): Effect.Effect<never> =>
    this.isOwing.await.pipe(
      Effect.zipRight(this.settled),
      Effect.zipRight(Effect.sync(() => {
        this.isOwing.unsafeClose()
        paid()
      })),
      Effect.forever
    )
}
