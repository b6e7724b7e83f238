import type { Effect } from "effect"
import type { Task, TaskFailure } from "./Task.js"

/** Threads that do tasks for this one. */
export interface WorkerPool {
  readonly size: number
  /** Tasks under way at once: one more is ready for every thread, so that none waits for this one to ask. */
  readonly atOnce: number
  /** Has a task done by the thread with the least to do. A reply that is no longer waited for is dropped. */
  readonly run: <I, O>(
    task: Task<I, O>,
    input: I,
    moved?: ReadonlyArray<ArrayBuffer>
  ) => Effect.Effect<O, TaskFailure>
}
