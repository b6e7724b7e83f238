import { Schema } from "effect"
import { existsSync, readdirSync } from "node:fs"
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { assert, beforeAll, describe, it } from "vitest"
import { documentOf, fine, makeFolder, recordOf, refused, runIn, vectorOf } from "./commandLine.js"
import { configOf, external, externalLine, minute, recording, start } from "./recording.js"

const resolution = (market: string, outcome: number) =>
  JSON.stringify({ type: "resolution", market, available_at: start + 200 * minute, outcome })

const rows = [
  ["m1", 120, "first"],
  ["m2", 30, "second"],
  ["m1", 120, "again"],
  ["m1", 5, "early, \"quoted\""],
  ["m2", 300, "late"]
] as const

const spine = [
  "id,market,timestamp",
  ...rows.map(([market, minutes, id]) => `"${id.replaceAll("\"", "\"\"")}",${market},${start + minutes * minute}`)
].join("\n")

const folder = await makeFolder({
  "events.ndjson": `${recording}${resolution("m1", 1)}\n`,
  "spine.csv": spine,
  "external.ndjson": externalLine(),
  "c.toml": configOf(external)
})
const cli = runIn(folder)
const dataset = (...args: ReadonlyArray<string>) => cli("dataset", ...args, "--config", "c.toml")

const Built = Schema.Struct({
  file: Schema.String,
  id: Schema.String,
  rows: Schema.Int,
  log_position: Schema.Int,
  columns: Schema.Array(Schema.Struct({
    name: Schema.String,
    role: Schema.String,
    nulls: Schema.Int,
    reasons: Schema.optional(Schema.Record({ key: Schema.String, value: Schema.Int })),
    feature: Schema.optional(Schema.Struct({ version: Schema.String, fingerprint: Schema.String }))
  }))
})
const Row = Schema.parseJson(Schema.Record({ key: Schema.String, value: Schema.Unknown }))
const rowsOf = async (name: string) =>
  (await readFile(join(folder, name), "utf8")).trimEnd().split("\n").map((line) => Schema.decodeUnknownSync(Row)(line))

beforeAll(async () => {
  fine(await cli("import", "events.ndjson", "--config", "c.toml"))
  fine(await cli("store", "external.ndjson", "--config", "c.toml"))
})

describe("dataset build", () => {
  it("gives row by row what get gives, with the same words", async () => {
    const built = documentOf(
      Built,
      fine(await dataset("build", "--spine", "spine.csv", "--out", "all.ndjson", "--with-status", "--json"))
    )
    assert.strictEqual(built.rows, rows.length)
    const found = await rowsOf("all.ndjson")
    assert.deepStrictEqual(found.map((row) => row.id), rows.map(([, , id]) => id))
    for (const [index, [market, minutes]] of rows.entries()) {
      const at = `${start + minutes * minute}`
      const { features } = vectorOf(await cli("get", market, "--at", at, "--json", "--config", "c.toml"))
      for (const [key, { age_ms, fingerprint, reason, status, value, version }] of Object.entries(features)) {
        const row = found[index] ?? {}
        assert.deepStrictEqual(row[key], status === "PRESENT" ? value : null, `${key} in row ${index}`)
        assert.deepStrictEqual([row[`${key}.status`], row[`${key}.reason`]], [status, reason], key)
        assert.deepStrictEqual(row[`${key}.age_ms`], age_ms, key)
        assert.deepStrictEqual(built.columns.find(({ name }) => name === key)?.feature, { version, fingerprint })
      }
    }
  })

  it("says the id, the log position and what is null; again it is the same; and what has changed", async () => {
    const args = [
      "build",
      "--features",
      "market.current_price,forecast.win",
      "--spine",
      "spine.csv",
      "--out",
      "s.parquet"
    ]
    const first = fine(await dataset(...args)).stdout
    assert.match(first, /^s\.parquet: 5 rows, 2 features, 40\.0 % of values null\ndataset id sha256:[0-9a-f]{64}\n/u)
    const bytes = await readFile(join(folder, "s.parquet"))
    refused(await dataset(...args), 2, "s.parquet is there already", "--overwrite replaces it")
    const second = fine(await dataset(...args, "--overwrite")).stdout
    assert.include(second, "the same dataset as the one it replaces")
    assert.isTrue((await readFile(join(folder, "s.parquet"))).equals(bytes))
    const third = fine(await dataset(...args, "--overwrite", "--keep-stale", "--log-position", "100")).stdout
    assert.include(third, "replaces another dataset")
    assert.include(third, "keep_stale: false -> true")
    assert.match(third, /log position: \d+ -> 100 \(--log-position \d+ builds it as it was\)/u)
  })

  it("labels rows by outcomes known by then", async () => {
    const args = ["build", "--features", "hour_of_day", "--spine", "spine.csv", "--labels", "--overwrite", "--out"]
    fine(await dataset(...args, "now.ndjson"))
    const labels = (await rowsOf("now.ndjson")).map((row) => row.label)
    assert.deepStrictEqual(labels, [1, null, 1, 1, null])
    fine(await dataset(...args, "then.ndjson", "--known-by", `${start + 200 * minute - 1}`))
    assert.isTrue((await rowsOf("then.ndjson")).every((row) => row.label === null && row.label_available_at === null))
  })

  it("answers a grid of the markets that match", async () => {
    const grid = ["--every", "1h", "--from", `${start}`, "--to", `${start + 120 * minute}`]
    fine(await dataset("build", ...grid, "--markets", "*2", "--features", "hour_of_day", "--out", "grid.ndjson"))
    const found = await rowsOf("grid.ndjson")
    assert.deepStrictEqual(found.map((row) => row.market), ["m2", "m2", "m2"])
    assert.deepStrictEqual(found.map((row) => row["temporal.hour_of_day"]), [0, 1, 2])
  })

  it("refuses what cannot be meant, and a bad spine by line, leaving nothing", async () => {
    await writeFile(join(folder, "bad.csv"), `market,timestamp\nm1,${start}\nm1,2026-07-13\n`)
    const before = readdirSync(folder)
    const bad = (args: ReadonlyArray<string>, code: number, ...parts: ReadonlyArray<string>) =>
      dataset("build", ...args).then((ran) => refused(ran, code, ...parts))
    await bad(["--spine", "bad.csv", "--out", "x.parquet"], 3, "bad.csv:3: timestamp: expected", "nothing was written")
    await bad(["--spine", "no.csv", "--out", "x.parquet"], 4, "cannot read no.csv")
    await bad(["--spine", "spine.csv", "--out", "x.xlsx"], 2, "--out: expected a file that ends in .parquet")
    await bad(["--out", "x.csv"], 2, "--spine is missing", "--every 5m")
    await bad(["--every", "5m", "--out", "x.csv"], 2, "--from and --to missing")
    await bad(["--spine", "spine.csv", "--known-by", `${start}`, "--out", "x.csv"], 2, "--known-by goes with --labels")
    await bad(["--spine", "spine.csv", "--log-position", "9999", "--out", "x.csv"], 2, "ahead of the log")
    await bad(["--spine", "spine.csv", "--features", "market@9", "--out", "x.csv"], 2, "no such version")
    assert.deepStrictEqual(readdirSync(folder), before)
  })
})

describe("dataset describe", () => {
  it("reads back what a build has printed, from the file or from beside it", async () => {
    for (const format of ["csv", "arrow"]) {
      const file = `described.${format}`
      const built = recordOf(fine(await dataset("build", "--spine", "spine.csv", "--out", file, "--json")))
      const described = recordOf(fine(await dataset("describe", file, "--json")))
      assert.deepStrictEqual({ ...described, replaced: null }, built)
    }
    const { stdout } = fine(await dataset("describe", "described.csv"))
    assert.include(stdout, "5 rows from 2026-07-13T00:05:00.000Z to 2026-07-13T05:00:00.000Z")
    assert.match(stdout, /^orderbook\.microprice +1\.0 +[0-9a-f]{12} +0\.\.1 +float +2 \(40\.0 %\) +no_depth 2$/mu)
    refused(await dataset("describe", "spine.csv"), 3, "the manifest of a dataset")
  })
})

const Split = Schema.Struct({
  rows: Schema.Int,
  cuts: Schema.Array(Schema.Int),
  parts: Schema.Array(Schema.Struct({ name: Schema.String, file: Schema.String, rows: Schema.Int })),
  embargoed: Schema.Int
})

describe("dataset split", () => {
  it("cuts by time with an embargo, loses no row silently, and names its parent", async () => {
    const { id } = documentOf(
      Built,
      fine(await dataset("build", "--spine", "spine.csv", "--out", "w.ndjson", "--with-status", "--json"))
    )
    const cut = `${start + 120 * minute}`
    const args = ["split", "w.ndjson", "--at", cut, "--embargo", "89m", "--test", "late.parquet", "--json"]
    const { cuts, embargoed, parts, rows: all } = documentOf(Split, fine(await dataset(...args)))
    assert.deepStrictEqual(cuts, [Number(cut)])
    assert.deepStrictEqual([all, embargoed], [5, 0])
    assert.deepStrictEqual(parts, [
      { name: "train", file: "w.train.ndjson", rows: 2 },
      { name: "test", file: "late.parquet", rows: 3 }
    ])
    assert.deepStrictEqual((await rowsOf("w.train.ndjson")).map((row) => row.id), ["second", "early, \"quoted\""])
    const whole = await rowsOf("w.ndjson")
    assert.deepStrictEqual(await rowsOf("w.train.ndjson"), [whole[1], whole[3]])
    const described = recordOf(fine(await dataset("describe", "late.parquet", "--json")))
    const part = { parent: id, part: "test", from: Number(cut), before: null, embargo_ms: 89 * minute }
    assert.deepStrictEqual(described.part, part)

    refused(await dataset(...args), 2, "w.train.ndjson is there already")
    const closer = await dataset("split", "w.ndjson", "--at", cut, "--embargo", "90m", "--overwrite", "--test", "t.csv")
    assert.include(fine(closer).stdout, "train: 1 row in w.train.ndjson")
    assert.include(closer.stdout, "embargoed: 1 row in no part")
    assert.isTrue(existsSync(join(folder, "t.csv.manifest.json")))
  })

  it("cuts by shares of rows in the order of time, rows of one instant together", async () => {
    fine(await dataset("build", "--spine", "spine.csv", "--features", "hour_of_day", "--out", "f.csv"))
    const shares = documentOf(
      Split,
      fine(await dataset("split", "f.csv", "--fractions", "0.4,0.4,0.2", "--json"))
    )
    assert.deepStrictEqual(shares.parts.map(({ name, rows: some }) => [name, some]), [
      ["train", 2],
      ["validation", 2],
      ["test", 1]
    ])
    const together = await dataset("split", "f.csv", "--fractions", "0.6,0.4", "--overwrite", "--json")
    // the third and fourth row are of one instant
    assert.deepStrictEqual(documentOf(Split, fine(together)).parts.map(({ rows: some }) => some), [2, 3])
  })

  it("refuses what cannot be meant", async () => {
    refused(await dataset("split", "f.csv"), 2, "either --at or --fractions")
    refused(await dataset("split", "f.csv", "--fractions", "0.5,0.6"), 2, "shares above 0 that make 1")
    refused(await dataset("split", "f.csv", "--at", `${start}`, "--test", "f.csv"), 2, "two of the files are one")
    refused(await dataset("split", "f.csv", "--at", `${start}`, "--validation", "v.csv"), 2, "three fractions")
    refused(await dataset("split", "spine.csv", "--at", `${start}`), 3, "the manifest of a dataset")
  })
})
