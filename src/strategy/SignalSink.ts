import { Context, type Effect } from "effect"
import type { Decision } from "./Signal.js"

/** Where live decisions with signals go: to a paper account, an order gateway, a log. */
export class SignalSink extends Context.Tag("strategy/SignalSink")<SignalSink, {
  readonly accept: (decision: Decision) => Effect.Effect<void>
}>() {}
