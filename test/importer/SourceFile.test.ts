import { FileSystem } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { importFile, importFiles } from "../../src/importer/importFiles.js"
import { emptyLog, fileOf, gzipped, importOf, logState, ndjson, refusalOf } from "../support/importing.js"

const at = 1_783_715_146_000

/** Compresses badly, so that damage anywhere is felt. */
const text = ndjson(Array.from({ length: 5_000 }, (_, i) => ({
  type: "trade",
  market: `m${(i * 7_919) % 101}`,
  available_at: at + ((i * 104_729) % 999_983),
  price: ((i * 31) % 100) / 100,
  size: i,
  side: "buy"
})))
const packed = gzipped(text)

const failureOf = (path: string) => Effect.flip(importFile(path))

describe("a source that cannot be read", () => {
  it.effect("is named, with the reason", () =>
    Effect.gen(function*() {
      const before = yield* logState
      const error = yield* failureOf("/nowhere/q.csv")
      assert.strictEqual(error._tag, "SourceFailure")
      assert.strictEqual(error.message, "cannot read /nowhere/q.csv: no such file\ncheck the path")
      assert.deepStrictEqual(yield* logState, before)
    }).pipe(Effect.provide(emptyLog)))

  it.scoped("may be a folder", () =>
    Effect.gen(function*() {
      const folder = yield* Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped())
      const error = yield* failureOf(folder)
      assert.strictEqual(error.message, `cannot read ${folder}: it is a directory\nname the files in it`)
    }).pipe(Effect.provide(emptyLog)))

  it.effect("may be a device", () =>
    Effect.gen(function*() {
      const error = yield* failureOf("/dev/null")
      assert.match(error.message, /^cannot read \/dev\/null: it is a CharacterDevice/u)
    }).pipe(Effect.provide(emptyLog)))

  it.scoped("may be the place for its refused lines", () =>
    Effect.gen(function*() {
      const path = yield* fileOf("a.ndjson", "oops\n")
      yield* Effect.flatMap(FileSystem.FileSystem, (fs) =>
        fs.makeDirectory(`${path}.rejected.ndjson/x`, { recursive: true }))
      const error = yield* Effect.flip(importFile(path, { skipInvalid: true }))
      assert.strictEqual(error._tag, "SourceFailure")
      assert.match(error.message, /^cannot write .*a\.ndjson\.rejected\.ndjson: /u)
    }).pipe(Effect.provide(emptyLog)))

  it.scoped("is refused when it changes while it is read", () =>
    Effect.gen(function*() {
      const path = yield* fileOf("a.ndjson", text)
      const fs = yield* FileSystem.FileSystem
      const before = yield* logState
      const grow = Effect.ignore(fs.writeFileString(path, "{}\n", { flag: "a" }))
      const error = yield* Effect.flip(importFile(path, { onProgress: () => grow }))
      assert.match(error.message, /a\.ndjson: (it changed while it was read|.*expected one of)/u)
      assert.deepStrictEqual(yield* logState, before)
    }).pipe(Effect.provide(emptyLog)))
})

describe("a gzip file", () => {
  it.scoped("is refused wherever it is cut", () =>
    Effect.gen(function*() {
      const before = yield* logState
      for (const length of [10, 11, 5_000, packed.length >> 1, packed.length - 8, packed.length - 1]) {
        const { message } = yield* refusalOf("t.ndjson.gz", packed.subarray(0, length), { skipInvalid: true })
        assert.strictEqual(
          message,
          "t.ndjson.gz: expected a whole gzip file, got a damaged one: unexpected end of file\n" +
            "nothing of this file was kept; fetch it again"
        )
      }
      assert.deepStrictEqual(yield* logState, before)
    }).pipe(Effect.provide(emptyLog)))

  it.scoped("is refused when it is damaged", () =>
    Effect.forEach([3, 20, 10_000, packed.length - 6, packed.length - 2], (place) =>
      Effect.gen(function*() {
        const content = packed.slice()
        content[place] = (content[place] ?? 0) ^ 0xff
        const { message } = yield* refusalOf("t.ndjson.gz", content)
        assert.match(message, /^t\.ndjson\.gz: expected a whole gzip file, got a damaged one: /u)
      }), { discard: true }).pipe(Effect.provide(emptyLog)))

  it.scoped("is refused when something else follows it", () =>
    Effect.gen(function*() {
      const { message } = yield* refusalOf(
        "t.ndjson.gz",
        new Uint8Array([...packed, ...new TextEncoder().encode("{}\n")])
      )
      assert.match(message, /^t\.ndjson\.gz: expected a whole gzip file/u)
    }).pipe(Effect.provide(emptyLog)))

  it.scoped("holds the same as the file that it packs", () =>
    Effect.gen(function*() {
      const paths = [yield* fileOf("t.ndjson", text), yield* fileOf("t", packed), yield* fileOf("t.json.gz", packed)]
      const [plain, unnamed, again] = yield* importFiles(paths, { format: "events" })
      assert.deepStrictEqual([plain?.events, plain?.outcome], [5_000, "appended"])
      assert.deepStrictEqual([unnamed?.events, unnamed?.outcome], [5_000, "known"])
      assert.strictEqual(again?.outcome, "known")
      assert.strictEqual((yield* importOf("u.ndjson", `${text}\n`)).outcome, "appended")
    }).pipe(Effect.provide(emptyLog)))
})
