import { Deferred, Effect, Schema, Scope } from "effect"
import { MessageChannel, Worker } from "node:worker_threads"
import { type Reply, type Task, TaskFailure, type Told } from "./Task.js"
import { WorkerFailure } from "./WorkerFailure.js"
import type { WorkerPool } from "./WorkerPool.js"

interface Thread {
  readonly worker: Worker
  /** fails when the thread has ended */
  readonly lost: Deferred.Deferred<never, TaskFailure>
  tasks: number
}

const decodeFailure = Schema.decodeSync(TaskFailure)

const endedBy = (error: Error): WorkerFailure =>
  "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY"
    ? new WorkerFailure({ problem: "out of memory", hint: "use fewer of them: --workers" })
    : new WorkerFailure({ problem: `it has ended: ${error.message}` })

/** Starts a thread; it is ended at once, whatever it is doing, when the scope closes. */
const startThread = <Start>(entry: URL, start: Start): Effect.Effect<Thread, never, Scope.Scope> =>
  Effect.gen(function*() {
    const lost = yield* Deferred.make<never, TaskFailure>()
    const told: Told<Start> = { kind: "start", start }
    const worker = yield* Effect.acquireRelease(
      Effect.sync(() => new Worker(entry)),
      (started) => Effect.promise(() => started.terminate())
    )
    const lose = (failure: TaskFailure) => Deferred.unsafeDone(lost, Effect.fail(failure))
    // all that a thread says by itself is why it gives up
    worker.on("message", (failure: typeof TaskFailure.Encoded) => lose(decodeFailure(failure)))
    worker.on("error", (error: Error) => lose(endedBy(error)))
    worker.on("exit", (code) => lose(new WorkerFailure({ problem: `it has ended with code ${code}` })))
    worker.postMessage(told)
    return { worker, lost, tasks: 0 }
  })

/** Asks a thread, and waits for its reply. */
const ask = <I, O>({ worker }: Thread, task: Task<I, O>, input: I, moved: ReadonlyArray<ArrayBuffer>) =>
  Effect.async<O, TaskFailure>((resume) => {
    const { port1: own, port2: port } = new MessageChannel()
    const told: Told<never> = { kind: "task", name: task.name, port }
    own.once("message", (reply: Reply<O>) => {
      own.close()
      resume(reply.kind === "done" ? Effect.succeed(reply.value) : Effect.fail(decodeFailure(reply.failure)))
    })
    own.postMessage(input, moved)
    worker.postMessage(told, [port])
    return Effect.sync(() => own.close())
  })

/**
 * At most `size` threads that run the module `entry`, each told `start` first. They are started as there is work for them,
 * and ended with the scope. Once one of them is lost, so is what it was doing, and its failure is told to whoever asks it.
 *
 * Not the pool of @effect/platform: that one starts a thread that cannot begin again and again without an end, and waits
 * seconds for a busy one to listen before it ends it.
 */
export const makeThreads = <Start>(
  entry: URL,
  size: number,
  start: Start
): Effect.Effect<WorkerPool, never, Scope.Scope> =>
  Effect.gen(function*() {
    const scope = yield* Effect.scope
    const atOnce = 2 * size
    const room = yield* Effect.makeSemaphore(atOnce)
    const threads: Array<Thread> = []

    const leastBusy = Effect.suspend(() => {
      const least = threads.reduce<Thread | undefined>(
        (best, thread) => best === undefined || thread.tasks < best.tasks ? thread : best,
        undefined
      )
      if (least !== undefined && (least.tasks === 0 || threads.length === size)) return Effect.succeed(least)
      return Effect.tap(startThread(entry, start).pipe(Scope.extend(scope)), (thread) => {
        threads.push(thread)
      })
    })

    const reserve = Effect.tap(leastBusy, (thread) => {
      thread.tasks++
    })

    return {
      size,
      atOnce,
      run: (task, input, moved = []) =>
        room.withPermits(1)(Effect.acquireUseRelease(
          reserve,
          (thread) => Effect.raceFirst(ask(thread, task, input, moved), Deferred.await(thread.lost)),
          (thread) =>
            Effect.sync(() => {
              thread.tasks--
            })
        ))
    }
  })
