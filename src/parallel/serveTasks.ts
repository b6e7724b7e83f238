import { Cause, Effect, Exit, Queue, Schema, type Scope } from "effect"
import { type MessagePort, parentPort } from "node:worker_threads"
import { type Outcome, type Reply, type Task, TaskFailure, type Told } from "./Task.js"
import { WorkerFailure } from "./WorkerFailure.js"

/** A task and how it is done. */
export interface Handler<R> {
  readonly name: string
  /** Takes the input from a port and replies there, whatever happens. */
  readonly reply: (port: MessagePort) => Effect.Effect<void, never, R>
}

const encodeFailure = Schema.encodeSync(TaskFailure)

/** A failure as it travels: what the driver said stands at the bottom of its causes, and only the top one is sent. */
const failureOf = (cause: Cause.Cause<TaskFailure>): typeof TaskFailure.Encoded => {
  const failure = Cause.failureOption(cause)
  if (failure._tag === "None") return encodeFailure(new WorkerFailure({ problem: Cause.pretty(cause) }))
  return encodeFailure(failure.value._tag === "StorageFailure" ? failure.value.flattened() : failure.value)
}

const inputOf = <I>(port: MessagePort) =>
  Effect.async<I>((resume) => {
    port.once("message", (input: I) => resume(Effect.succeed(input)))
  })

export const handler = <I, O, R>(
  task: Task<I, O>,
  run: (input: I) => Effect.Effect<Outcome<O>, TaskFailure, R>
): Handler<R> => ({
  name: task.name,
  reply: (port) =>
    Effect.flatMap(inputOf<I>(port), run).pipe(
      Effect.exit,
      Effect.map((exit) => {
        const reply: Reply<O> = Exit.isSuccess(exit)
          ? { kind: "done", value: exit.value.value }
          : { kind: "failed", failure: failureOf(exit.cause) }
        port.postMessage(reply, Exit.isSuccess(exit) ? exit.value.moved : [])
        port.close()
      })
    )
})

/**
 * What a thread does that `makeThreads` has started: makes itself ready with what it is told first, then does one task after
 * the other until it is ended.
 */
export const serveTasks = <Start, R>(
  open: (start: Start) => Effect.Effect<ReadonlyArray<Handler<never>>, TaskFailure, R>
): Effect.Effect<void, never, Exclude<R, Scope.Scope>> =>
  Effect.gen(function*() {
    const parent = parentPort
    if (parent === null) {
      return yield* Effect.dieMessage("this module is for a worker thread, which `makeThreads` starts")
    }
    // no more is told than the asking side has under way at once
    const told = yield* Queue.unbounded<Told<Start>>()
    parent.on("message", (one: Told<Start>) => Queue.unsafeOffer(told, one))
    let handlers: ReadonlyArray<Handler<never>> = []
    const follow = Effect.flatMap(Queue.take(told), (one) => {
      if (one.kind === "start") {
        return Effect.map(open(one.start), (own) => {
          handlers = own
        })
      }
      const known = handlers.find(({ name }) => name === one.name)
      return known === undefined
        ? new WorkerFailure({ problem: `it knows no task ${JSON.stringify(one.name)}` })
        : known.reply(one.port)
    })
    return yield* Effect.forever(follow).pipe(
      Effect.catchAllCause((cause) => Effect.sync(() => parent.postMessage(failureOf(cause))))
    )
  }).pipe(Effect.scoped)
