import { Context, type Effect } from "effect"

/**
 * How an interruption counts. A service is ended by a signal, and has done all it should when it has closed what it held:
 * it says so, and the process ends with 0.
 */
export class Ending extends Context.Tag("cli/Ending")<Ending, { readonly graceful: Effect.Effect<void> }>() {}
