import { Effect, Option, ScopedRef } from "effect"
import { canonicalJson } from "../features/fingerprint.js"

interface Opened<A> {
  readonly key: string
  readonly value: A
}

/** What was opened for a job, which is plain data: kept until another job comes, and closed then. */
export const latest = <Job, A, E, R>(open: (job: Job) => Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const kept = yield* ScopedRef.make(() => Option.none<Opened<A>>())
    return (job: Job) =>
      Effect.gen(function*() {
        const key = canonicalJson(job)
        const known = Option.filter(yield* ScopedRef.get(kept), (opened) => opened.key === key)
        if (Option.isSome(known)) return known.value.value
        yield* ScopedRef.set(kept, Effect.map(open(job), (value) => Option.some({ key, value })))
        const opened = yield* ScopedRef.get(kept)
        return Option.isSome(opened) ? opened.value.value : yield* Effect.dieMessage("what was set is not there")
      })
  })
