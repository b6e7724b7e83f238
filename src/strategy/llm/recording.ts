import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import { Clock, Effect, Either, Layer, Schema } from "effect"
import { Buffer } from "node:buffer"
import { StorageFailure } from "../../store/StorageFailure.js"
import { Completion } from "./answer.js"
import { CompletionFailed, Completions } from "./Completions.js"
import type { Prompt } from "./prompt.js"
import type { NamedModel } from "./settings.js"

const expected = "expected one recorded completion: model, temperature, prompt_hash, recorded_at, answer, tokens"

/** A line of the recording is damaged. */
export class RecordingRejected extends Schema.TaggedError<RecordingRejected>()("RecordingRejected", {
  file: Schema.String,
  line: Schema.Int
}) {
  override get message(): string {
    return `${this.file}:${this.line}: ${expected}`
  }
}

/**
 * One line: what a model answered to a prompt. Model, temperature and prompt hash are its key; of two lines with one key
 * the first holds. Keys of hosts, prompts and URLs are not part of it.
 */
const Line = Schema.Struct({
  model: Schema.String,
  temperature: Schema.NullOr(Schema.Finite),
  prompt_hash: Schema.String.pipe(Schema.pattern(/^sha256:[0-9a-f]{64}$/)),
  /** ms UTC, by the machine's clock */
  recorded_at: Schema.Finite,
  ...Completion.fields
})
type Line = typeof Line.Type

const decode = Schema.decodeUnknownEither(Schema.parseJson(Line))

const keyOf = ({ model, prompt_hash, temperature }: Pick<Line, "model" | "temperature" | "prompt_hash">): string =>
  JSON.stringify([model, temperature, prompt_hash])

interface Recording {
  readonly completions: Map<string, Completion>
  /** the whole lines; behind them stands what a crash left of one */
  readonly whole: string
  readonly isCut: boolean
}

/**
 * Reads a recording. A last line without a line end is what a crash left of an append that was never acknowledged: it
 * counts where it is whole, and is left out where it is not. Any other damaged line is refused.
 */
const parseRecording = (file: string, text: string): Either.Either<Recording, RecordingRejected> =>
  Either.gen(function*() {
    const end = text.lastIndexOf("\n") + 1
    const isCut = end < text.length && Either.isLeft(decode(text.slice(end)))
    const whole = isCut ? text.slice(0, end) : text
    const completions = new Map<string, Completion>()
    for (const [index, line] of whole.split("\n").entries()) {
      if (line.trim() === "") continue
      const { answer, input_tokens, output_tokens, ...own } = yield* Either.mapLeft(
        decode(line),
        () => new RecordingRejected({ file, line: index + 1 })
      )
      const key = keyOf(own)
      if (!completions.has(key)) completions.set(key, { answer, input_tokens, output_tokens })
    }
    return { completions, whole, isCut }
  })

/** Names the file that could not be read or written. */
const failed = (operation: string, file: string) => (cause: unknown) =>
  new StorageFailure({
    operation: `${operation} the recording ${file}`,
    hint: "check the path, its permissions and the disk",
    cause
  })

const read = Effect.fnUntraced(function*(file: string) {
  const fs = yield* FileSystem.FileSystem
  const text = yield* fs.readFileString(file).pipe(
    Effect.catchIf((error) => error._tag === "SystemError" && error.reason === "NotFound", () => Effect.succeed("")),
    Effect.mapError(failed("read", file))
  )
  const recording = yield* parseRecording(file, text)
  if (recording.isCut) {
    yield* Effect.logWarning("the last line of the recording is cut off and left out").pipe(
      Effect.annotateLogs("file", file)
    )
  }
  return recording
})

const requestOf = (model: NamedModel, prompt: Prompt) => ({
  model: model.model,
  temperature: model.temperature ?? null,
  prompt_hash: prompt.hash
})

/** Answers from the recording, and none to what is not in it: the same for ever, without a network. */
export const replayLayer = (file: string) =>
  Layer.effect(
    Completions,
    Effect.map(read(file), ({ completions }) => ({
      ask: (model, prompt) => {
        const known = completions.get(keyOf(requestOf(model, prompt)))
        return known === undefined
          ? Effect.fail(new CompletionFailed({ reason: "not_recorded" }))
          : Effect.succeed(known)
      }
    }))
  )

/** Appends whole lines, each on disk when it returns. What a crash has left of a line is cut off first. */
const openForAppend = Effect.fnUntraced(function*(file: string, { isCut, whole }: Recording) {
  const fs = yield* FileSystem.FileSystem
  const { dirname } = yield* Path.Path
  yield* fs.makeDirectory(dirname(file), { recursive: true })
  if (isCut) yield* fs.truncate(file, Buffer.byteLength(whole))
  const handle = yield* fs.open(file, { flag: "a" })
  const oneAtATime = yield* Effect.makeSemaphore(1)
  const write = (text: string) =>
    handle.writeAll(Buffer.from(text)).pipe(
      Effect.zipRight(handle.sync),
      oneAtATime.withPermits(1),
      Effect.uninterruptible
    )
  if (whole !== "" && !whole.endsWith("\n")) yield* write("\n")
  return (line: Line) => Effect.mapError(write(`${JSON.stringify(line)}\n`), failed("write to", file))
})

/**
 * Answers from the recording, and asks the models (the `Completions` around it) for what is not in it. Each answer is on
 * disk before it is given. Failures are not recorded: the next run asks again.
 */
export const recordLayer = (file: string) =>
  Layer.scoped(
    Completions,
    Effect.gen(function*() {
      const models = yield* Completions
      const recording = yield* read(file)
      const append = yield* Effect.mapError(openForAppend(file, recording), failed("open", file))
      const { completions } = recording

      const askAndKeep = Effect.fnUntraced(function*(model: NamedModel, prompt: Prompt) {
        const completion = yield* models.ask(model, prompt)
        const request = requestOf(model, prompt)
        // asked twice at once: the first answer holds, as it will in the file
        const first = completions.get(keyOf(request))
        if (first !== undefined) return first
        completions.set(keyOf(request), completion)
        yield* append({ ...request, recorded_at: yield* Clock.currentTimeMillis, ...completion })
        return completion
      })

      return {
        ask: (model, prompt) => {
          const known = completions.get(keyOf(requestOf(model, prompt)))
          return known === undefined ? askAndKeep(model, prompt) : Effect.succeed(known)
        }
      }
    })
  )
