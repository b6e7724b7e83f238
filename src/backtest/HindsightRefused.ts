import { Schema } from "effect"
import { formatInstant, Instant } from "../domain/Instant.js"

/** A strategy that decides from what became known later, where that was not asked for. */
export class HindsightRefused extends Schema.TaggedError<HindsightRefused>()("HindsightRefused", {
  strategy: Schema.String,
  /** instants before this one are decided in hindsight; null for all of them */
  until: Schema.NullOr(Schema.Finite)
}) {
  override get message(): string {
    const known = this.until === null ? "outcomes" : `the world up to ${formatInstant(Instant(this.until))}`
    return `strategy ${this.strategy} knows ${known}: what it earns proves nothing`
  }
}
