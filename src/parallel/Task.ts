import { Schema } from "effect"
import type { MessagePort } from "node:worker_threads"
import { UnknownReference } from "../features/reference.js"
import { StorageFailure } from "../store/StorageFailure.js"
import { WorkerFailure } from "./WorkerFailure.js"

/**
 * Work that another thread can do, by its name: functions do not travel. Input and output do, as copies (structured
 * clone): plain data, maps and typed arrays, with every bit of their numbers.
 */
export interface Task<I, O> {
  readonly name: string
  /** never there: it ties the name to its types */
  readonly types?: (input: I) => O
}

/** What a task gives, and the memory in it that is handed over to the asking thread, not copied. */
export interface Outcome<O> {
  readonly value: O
  readonly moved: ReadonlyArray<ArrayBuffer>
}

/** What is sent as a copy, all of it. */
export const copied = <O>(value: O): Outcome<O> => ({ value, moved: [] })

/** How a task may fail on its thread. */
export const TaskFailure = Schema.Union(StorageFailure, WorkerFailure, UnknownReference)
export type TaskFailure = typeof TaskFailure.Type

/**
 * How a task is answered. The question has a port of its own: what it is about arrives there, and its reply is given there.
 */
export type Reply<O> =
  | { readonly kind: "done"; readonly value: O }
  | { readonly kind: "failed"; readonly failure: typeof TaskFailure.Encoded }

/** What a thread is told: first what it is for, then what to do. */
export type Told<Start> =
  | { readonly kind: "start"; readonly start: Start }
  | { readonly kind: "task"; readonly name: string; readonly port: MessagePort }
