import { Schema } from "effect"

/** A strategy that decides from what became known later, where that was not asked for. */
export class HindsightRefused extends Schema.TaggedError<HindsightRefused>()("HindsightRefused", {
  strategy: Schema.String,
  /** instants before this one are decided in hindsight; null for all of them */
  until: Schema.NullOr(Schema.Finite)
}) {
  override get message(): string {
    const known = this.until === null ? "outcomes" : "what became known later, for all or part of this period"
    return `strategy ${this.strategy} knows ${known}: what it earns proves nothing`
  }
}
