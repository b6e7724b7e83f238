import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { appendFileSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Completions } from "../../../src/strategy/llm/Completions.js"
import { RecordingRejected, recordLayer, replayLayer } from "../../../src/strategy/llm/recording.js"
import { modelsOf } from "../../../src/strategy/llm/settings.js"
import { folder } from "../../support/storages.js"
import { modelAt, settingsOf } from "./settingsOf.js"

const [mini, warm] = modelsOf(
  settingsOf({ models: { mini: modelAt("http://h/v1"), warm: modelAt("http://h/v1", { temperature: 1 }) } })
)
if (mini === undefined || warm === undefined) throw new Error("there are two models")

const promptOf = (digit: string) => ({ system: "system", user: "user", hash: `sha256:${digit.repeat(64)}` })

/** Models that answer with how often they have been asked. */
const counting = () => {
  let asked = 0
  const ask: Completions["Type"]["ask"] = () =>
    Effect.map(Effect.sync(() => ++asked).pipe(Effect.tap(Effect.yieldNow())), (count) => {
      const answer = { prediction: "yes" as const, confidence: 1, target_price: count / 100, reasoning: "line\nend" }
      return { answer, input_tokens: 1, output_tokens: null }
    })
  return { layer: Layer.succeed(Completions, { ask }), asked: () => asked }
}

const targetOf = (model = mini, digit = "0") =>
  Effect.flatMap(Completions, ({ ask }) => ask(model, promptOf(digit))).pipe(
    Effect.match({
      onFailure: (failure) => failure._tag === "CompletionFailed" ? failure.reason : failure._tag,
      onSuccess: ({ answer }) => answer.target_price
    })
  )

const recording = (file: string, models = counting()) =>
  recordLayer(file).pipe(Layer.provide(models.layer), Layer.provide(NodeContext.layer), Layer.fresh)
const replaying = (file: string) => replayLayer(file).pipe(Layer.provide(NodeContext.layer), Layer.fresh)

describe("a recording of completions", () => {
  it.scoped("answers a model and prompt that it holds, and asks for others only where it records", () =>
    Effect.gen(function*() {
      const file = join(yield* folder, "deeper", "completions.ndjson")
      const models = counting()
      const all = Effect.all([targetOf(mini, "0"), targetOf(mini, "1"), targetOf(mini, "0"), targetOf(warm, "0")])
      assert.deepStrictEqual(new Set(yield* Effect.provide(all, replaying(file))), new Set(["not_recorded" as const]))
      assert.deepStrictEqual(yield* Effect.provide(all, recording(file, models)), [0.01, 0.02, 0.01, 0.03])
      assert.strictEqual(models.asked(), 3)
      assert.deepStrictEqual(yield* Effect.provide(all, replaying(file)), [0.01, 0.02, 0.01, 0.03])
      // nothing is asked for, or written, again
      const before = readFileSync(file, "utf8")
      assert.strictEqual(before.trimEnd().split("\n").length, 3)
      const others = counting()
      assert.deepStrictEqual(yield* Effect.provide(all, recording(file, others)), [0.01, 0.02, 0.01, 0.03])
      assert.strictEqual(others.asked(), 0)
      assert.strictEqual(readFileSync(file, "utf8"), before)
    }))

  it.scoped("holds model, temperature, prompt hash and answer, and not the prompt", () =>
    Effect.gen(function*() {
      const file = join(yield* folder, "completions.ndjson")
      yield* Effect.provide(targetOf(mini), recording(file))
      assert.deepStrictEqual(JSON.parse(readFileSync(file, "utf8")), {
        model: "some-model",
        temperature: null,
        prompt_hash: promptOf("0").hash,
        recorded_at: 0,
        answer: { prediction: "yes", confidence: 1, target_price: 0.01, reasoning: "line\nend" },
        input_tokens: 1,
        output_tokens: null
      })
    }))

  it.scoped("of two lines with one key the first holds", () =>
    Effect.gen(function*() {
      const at = yield* folder
      yield* Effect.provide(targetOf(), recording(join(at, "one")))
      const line = readFileSync(join(at, "one"), "utf8")
      writeFileSync(join(at, "two"), `${line}\n${line.replace("0.01", "0.99")}`)
      assert.strictEqual(yield* Effect.provide(targetOf(), replaying(join(at, "two"))), 0.01)
    }))

  it.scoped("asked for the same twice at once it keeps one answer, and gives it to both", () =>
    Effect.gen(function*() {
      const file = join(yield* folder, "completions.ndjson")
      const both = Effect.all([targetOf(), targetOf()], { concurrency: "unbounded" })
      const [first, second] = yield* Effect.provide(both, recording(file))
      assert.strictEqual(first, second)
      assert.strictEqual(yield* Effect.provide(targetOf(), replaying(file)), first)
    }))

  it.scoped("that a crash has cut at any byte of its last line loses that line alone, and is written on", () =>
    Effect.gen(function*() {
      const at = yield* folder
      const file = join(at, "completions.ndjson")
      yield* Effect.provide(Effect.all([targetOf(mini, "0"), targetOf(mini, "1")]), recording(file))
      const text = readFileSync(file, "utf8")
      const first = text.slice(0, text.indexOf("\n") + 1)
      const cuts = Array.from({ length: 9 }, (_, i) => first.length + Math.floor(i / 9 * first.length))
      for (const length of [...cuts, text.length - 2, text.length - 1, text.length]) {
        const cut = join(at, `cut-${length}`)
        writeFileSync(cut, text.slice(0, length))
        // without its line end alone the line is whole
        const isWhole = length >= text.length - 1
        assert.deepStrictEqual(
          yield* Effect.provide(Effect.all([targetOf(mini, "0"), targetOf(mini, "1")]), replaying(cut)),
          [0.01, isWhole ? 0.02 : "not_recorded"]
        )
        yield* Effect.provide(targetOf(mini, "2"), recording(cut))
        assert.deepStrictEqual(
          yield* Effect.provide(Effect.all([targetOf(mini, "0"), targetOf(mini, "2")]), replaying(cut)),
          [0.01, 0.01]
        )
      }
    }))

  it.scoped("with a damaged line before the last one is refused by its number", () =>
    Effect.gen(function*() {
      const file = join(yield* folder, "completions.ndjson")
      yield* Effect.provide(targetOf(), recording(file))
      appendFileSync(file, "{\"model\": \"some-mo\n")
      yield* Effect.provide(Effect.ignore(targetOf()), replaying(file)).pipe(
        Effect.flip,
        Effect.map((refused) => {
          assert.instanceOf(refused, RecordingRejected)
          assert.include(refused.message, `${file}:2: expected one recorded completion`)
          assert.notInclude(refused.message, "some-mo")
        })
      )
      const wrong = readFileSync(file, "utf8").split("\n")[0]?.replace("0.01", "1.01") ?? ""
      writeFileSync(file, `${wrong}\n${wrong}\n`)
      const refused = yield* Effect.flip(Effect.provide(Effect.ignore(targetOf()), replaying(file)))
      assert.include(refused.message, ":1:")
    }))

  it.scoped("that cannot be opened is a failure of storage that names the file", () =>
    Effect.gen(function*() {
      const at = yield* folder
      const refused = yield* Effect.flip(Effect.provide(Effect.ignore(targetOf()), recording(at)))
      assert.strictEqual(refused._tag, "StorageFailure")
      assert.include(refused.message, at)
    }))
})
