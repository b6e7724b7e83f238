import { Effect } from "effect"
import { parquetWriteBuffer } from "hyparquet-writer"
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { assert, describe, it } from "vitest"
import { openDataset } from "../../src/dataset/openDataset.js"
import { readDataset } from "../../src/dataset/readDataset.js"
import { standardRegistry } from "../support/evaluate.js"
import { build, overPlain, pathOf, record, written } from "./building.js"

const at = Date.UTC(2026, 6, 13)

/** The message of a build that is refused, after which nothing of it is left. */
const refusalOf = (name: string, content: string | Uint8Array, out = "set.parquet") =>
  Effect.gen(function*() {
    const file = yield* written(name, content)
    const target = `${dirname(file)}/${out}`
    const error = yield* Effect.flip(build(standardRegistry, { spine: { kind: "file", file }, out: target }))
    assert.deepStrictEqual(readdirSync(dirname(file)), [name])
    return { tag: error._tag, message: error.message.replaceAll(file, name) }
  })

const refuses = (name: string, content: string | Uint8Array, ...parts: ReadonlyArray<string>) =>
  overPlain(Effect.gen(function*() {
    const { message, tag } = yield* refusalOf(name, content)
    assert.strictEqual(tag, "ImportRejected", message)
    for (const part of parts) assert.include(message, part)
  }))

const good = `m,${at}`

describe("a spine that is refused", () => {
  it("of CSV names the line, the field and what was expected", async () => {
    await refuses("s.csv", "", "s.csv:", "a header line with market and timestamp")
    await refuses("s.csv", "market,time\nm,1", "s.csv:1: timestamp: expected a column named timestamp", "market,time")
    await refuses("s.csv", `market,timestamp,x,x\n${good},1,2`, "s.csv:1: column 4", "a name of its own")
    await refuses("s.csv", `market,timestamp,\n${good},1`, "s.csv:1: column 3", "a name of its own")
    await refuses("s.csv", `market,timestamp\n${good}\nm,1783715146`, "s.csv:3: timestamp", "seconds are refused")
    await refuses("s.csv", `market,timestamp\n${good}\nm,2026-07-13T00:00:00`, "s.csv:3: timestamp", "with an offset")
    await refuses("s.csv", `market,timestamp\n${good}\nm,`, "s.csv:3: timestamp", "got \"\"")
    await refuses("s.csv", `market,timestamp\n${good}\n,${at}`, "s.csv:3: market", "a market id")
    await refuses("s.csv", `market,timestamp\n${good}\nm,${at},1`, "s.csv:3: (line)", "2 cells, as the header has")
    await refuses("s.csv", `market,timestamp\n${good}\n"m,${at}`, "s.csv:3: (line)", "a quoted cell that ends")
    await refuses("s.csv", `market,timestamp\n${good}\nm"x",${at}\n`, "s.csv:3: (line)", "quotes around whole cells")
    const bad = new Uint8Array([...new TextEncoder().encode(`market,timestamp\n${good}\nm`), 0xff, 0x2c, 0x31, 0x0a])
    await refuses("s.csv", bad, "s.csv:3: (line)", "UTF-8 text")
  })

  it("of NDJSON names the line and field, also where a column changes its type", async () => {
    const row = (fields: object) => JSON.stringify({ market: "m", timestamp: at, ...fields })
    await refuses("s.ndjson", `${row({})}\n[1]`, "s.ndjson:2: (line)", "one JSON object a line")
    await refuses("s.ndjson", `${row({})}\n{"market":"m"}`, "s.ndjson:2: timestamp", "got nothing")
    await refuses("s.ndjson", `${row({})}\n${row({ market: 1 })}`, "s.ndjson:2: market", "got 1")
    await refuses(
      "s.ndjson",
      `${row({ x: 1 })}\n${row({ x: "1" })}`,
      "s.ndjson:2: x: expected a number, as on the lines"
    )
    await refuses("s.ndjson", row({ x: { y: 1 } }), "s.ndjson:1: x: expected text, a number, true, false or null")
    await refuses("s.ndjson", `{"market":"m","timestamp":${at},"x":1e999}`, "s.ndjson:1: x: expected a finite number")
    await refuses("s.ndjson", `{"market":"m","timestamp":${at},"x":9007199254740993}`, "of at most 53 bits")
  })

  it("of Parquet names the row or the column", async () => {
    const file = (
      timestamp: ReadonlyArray<bigint>,
      extra: Parameters<typeof parquetWriteBuffer>[0]["columnData"] = []
    ) =>
      new Uint8Array(parquetWriteBuffer({
        columnData: [
          { name: "market", data: timestamp.map(() => "m"), type: "STRING" },
          { name: "timestamp", data: [...timestamp], type: "INT64" },
          ...extra
        ]
      }))
    await refuses("s.parquet", file([BigInt(at), 1_783_715_146n]), "s.parquet: row 2: timestamp", "1783715146")
    await refuses(
      "s.parquet",
      file([BigInt(at)], [{ name: "j", data: [{ a: 1 }], type: "JSON" }]),
      "j: expected a column"
    )
    await refuses("s.parquet", file([BigInt(at)]).slice(0, 60), "a whole Parquet file")
    await refuses("s.parquet", "not parquet", "a Parquet file")
    await refuses("s.txt", good, "a spine that ends in .csv")
  })

  it("leaves the dataset that stood there as it was", () =>
    overPlain(Effect.gen(function*() {
      yield* record([])
      const file = yield* written("s.csv", `market,timestamp\n${good}`)
      const out = yield* pathOf("set.csv")
      const spine = { kind: "file" as const, file }
      yield* build(standardRegistry, { spine, out })
      const bytes = readFileSync(out)
      writeFileSync(file, `market,timestamp\n${good}\nm,x`)
      yield* Effect.flip(build(standardRegistry, { spine, out, overwrite: true }))
      assert.isTrue(readFileSync(out).equals(bytes))
      yield* openDataset(out)
    })))
})

describe("a build that ends before its time", () => {
  it("leaves nothing, and the dataset that stood there as it was", () =>
    overPlain(Effect.gen(function*() {
      const file = yield* written("s.csv", `market,timestamp\n${good}`)
      const spine = { kind: "file" as const, file }
      const out = `${dirname(file)}/set.ndjson`
      const interrupted = Effect.exit(
        build(standardRegistry, { spine, out, overwrite: true, onProgress: () => Effect.interrupt })
      )
      yield* interrupted
      assert.deepStrictEqual(readdirSync(dirname(file)), ["s.csv"])
      yield* build(standardRegistry, { spine, out })
      const bytes = readFileSync(out)
      yield* interrupted
      assert.deepStrictEqual(readdirSync(dirname(file)), ["s.csv", "set.ndjson", "set.ndjson.manifest.json"])
      assert.isTrue(readFileSync(out).equals(bytes))
    })))
})

describe("a build that cannot be meant", () => {
  it("is refused where names clash, the log has not come so far, or a file is in the way", () =>
    overPlain(Effect.gen(function*() {
      const out = yield* pathOf("set.csv")
      const spineOf = (header: string) =>
        Effect.map(written("s.csv", `${header}\n${good},1`), (file) => ({ kind: "file" as const, file }))
      const refused = (header: string, asked: Partial<Parameters<typeof build>[1]>) =>
        Effect.gen(function*() {
          const error = yield* Effect.flip(
            build(standardRegistry, { spine: yield* spineOf(header), out, ...asked })
          )
          return `${error._tag} ${error.message}`
        })
      assert.include(
        yield* refused("market,timestamp,market.volume", {}),
        "DatasetRefused two columns would be named \"market.volume\""
      )
      assert.include(yield* refused("market,timestamp,label", { labels: true }), "\"label\"")
      assert.include(
        yield* refused("market,timestamp,market.volume.status", { withStatus: true }),
        "\"market.volume.status\""
      )
      assert.include(yield* refused("market,timestamp,x", { logPosition: 1 }), "log position 1 is ahead of the log")
      assert.include(yield* refused("market,timestamp,x", { references: ["nothing"] }), "UnknownReference")
      yield* build(standardRegistry, { spine: yield* spineOf("market,timestamp,x"), out })
      assert.include(yield* refused("market,timestamp,x", {}), "is there already")
      const own = yield* spineOf("market,timestamp,x")
      assert.include(yield* refused("", { spine: own, out: own.file, overwrite: true }), "is the spine itself")
      assert.include(yield* refused("market,timestamp,x", { out: `${out}/no/set.csv` }), "SourceFailure cannot write")
    })))

  it("of no rows is a dataset of no rows", () =>
    overPlain(Effect.gen(function*() {
      const file = yield* written("s.csv", "market,timestamp\n")
      for (const format of ["parquet", "csv", "ndjson", "arrow"] as const) {
        const out = yield* pathOf(`set.${format}`)
        const { manifest } = yield* build(standardRegistry, { spine: { kind: "file", file }, out })
        assert.strictEqual(manifest.rows, 0)
        assert.strictEqual((yield* Effect.scoped(openDataset(out))).manifest.id, manifest.id)
      }
    })))
})

describe("a file that is no dataset", () => {
  const refusedOpening = (name: string, content: string | Uint8Array) =>
    overPlain(Effect.gen(function*() {
      const file = yield* written(name, content)
      const error = yield* Effect.flip(Effect.scoped(openDataset(file)))
      assert.strictEqual(error._tag, "ImportRejected")
      return error.message.replaceAll(file, name)
    }))

  it("is told apart from one", async () => {
    const plain = parquetWriteBuffer({ columnData: [{ name: "x", data: ["1"], type: "STRING" }] })
    assert.include(await refusedOpening("x.parquet", new Uint8Array(plain)), "the manifest of a dataset, got none")
    assert.include(await refusedOpening("x.csv", "market,timestamp\n"), "nor beside it in x.csv.manifest.json")
    assert.include(await refusedOpening("x.arrow", "ARROW1 and nothing"), "x.arrow")
    assert.include(await refusedOpening("x.txt", "x"), ".parquet, .csv, .ndjson or .arrow")
  })

  it("nor one whose rows its manifest does not describe", () =>
    overPlain(Effect.gen(function*() {
      const file = yield* written("s.csv", `market,timestamp\n${good}\n${good}`)
      const out = yield* pathOf("set.csv")
      yield* build(standardRegistry, { spine: { kind: "file", file }, out })
      const lines = readFileSync(out, "utf8").trimEnd().split("\n")
      assert.isTrue(existsSync(`${out}.manifest.json`))
      const refusal = (text: string) => {
        writeFileSync(out, text)
        return Effect.map(Effect.flip(readDataset(out)), ({ message }) => message)
      }
      assert.include(yield* refusal(lines.slice(0, 2).join("\n")), "expected 2 rows, as its manifest says, got 1")
      assert.include(yield* refusal([lines[0]?.replace("market,", "m,"), lines[1], lines[2]].join("\n")), "set.csv:1")
      assert.include(
        yield* refusal([lines[0], lines[1], lines[2]?.replace(`${at}`, "x")].join("\n")),
        "set.csv:3: timestamp: expected a value of type int, got \"x\""
      )
    })))
})
