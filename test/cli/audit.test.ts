import { Chunk, Effect, Schema, Stream } from "effect"
import { copyFile } from "node:fs/promises"
import { join } from "node:path"
import { assert, beforeAll, describe, it } from "vitest"
import { FeatureRepository } from "../../src/store/FeatureRepository.js"
import { sqliteStorage } from "../support/storages.js"
import { documentOf, fine, makeFolder, recordOf, refused, runIn } from "./commandLine.js"
import { minute, recorded, recording, start } from "./recording.js"

const folder = await makeFolder({
  "events.ndjson": recording,
  "spine.csv": `market,timestamp\n${Array.from({ length: 100 }, (_, i) => `m1,${start + i * minute}\n`).join("")}`
})
const cli = runIn(folder)
const database = join(folder, "data", "features.db")

beforeAll(async () => {
  fine(await cli("import", "events.ndjson"))
  fine(await cli("get", "m1"))
})

describe("audit parity", () => {
  it("finds nothing in an honest log, and says how much was compared", async () => {
    const report = recordOf(fine(await cli("audit", "parity", "--samples", "50", "--json")))
    assert.sameMembers(Object.keys(report), ["samples", "markets", "events", "comparisons", "differences", "served"])
    assert.deepInclude(report, { samples: 50, markets: 2, events: recorded, differences: [] })
    assert.isAbove(Number(report.comparisons), 50)
    const { stdout } = fine(await cli("audit", "parity", "--samples", "50"))
    assert.match(stdout, /^0 differences in [\d,]+ values compared$/mu)
    assert.include(stdout, "5 answers of the served log recomputed")
  })

  it("the same seed gives the same report", async () => {
    const run = () => cli("audit", "parity", "--samples", "20", "--seed", "7", "--json")
    const [one, two] = [await run(), await run()]
    assert.strictEqual(fine(one).stdout, fine(two).stdout)
  })

  it("keeps to the markets and the range that were asked for", async () => {
    const range = ["--from", `${start}`, "--to", `${start + 10 * minute}`]
    const report = recordOf(fine(await cli("audit", "parity", "--markets", "m1", ...range, "--samples", "5", "--json")))
    assert.deepInclude(report, { markets: 1, samples: 5, differences: [] })
    refused(await cli("audit", "parity", "--markets", "none*"), 2, "none of the log's 2 markets matches")
    refused(await cli("audit", "parity", "--from", `${start + 1}`, "--to", `${start}`), 2, "--from is after --to")
  })

  it("exits 1 where the served log holds an answer that history does not give, and names it", async () => {
    const tampered = join(folder, "tampered.db")
    await copyFile(database, tampered)
    // what was served of the order book, but for the last bit of one depth
    const served = await Effect.runPromise(
      Effect.gen(function*() {
        const repository = yield* FeatureRepository
        const answers = Chunk.toReadonlyArray(yield* Stream.runCollect(repository.served))
        const forged = answers.filter(({ group }) => group.name === "orderbook").map((answer) => ({
          ...answer,
          values: answer.values.map((value, index) => index === 0 ? value * (1 + Number.EPSILON) : value)
        }))
        yield* repository.writeServed(forged)
        return forged[0]
      }).pipe(Effect.provide(sqliteStorage(tampered)))
    )
    const ran = await cli("audit", "parity", "--samples", "0", "--json", "--db", tampered)
    assert.strictEqual(ran.code, 1, ran.stderr)
    const Difference = Schema.Struct({
      market: Schema.String,
      at: Schema.Number,
      sequence: Schema.Number,
      feature: Schema.String,
      live: Schema.Struct({ value: Schema.Number }),
      history: Schema.Struct({ value: Schema.Number })
    })
    const { served: { answers, differences } } = documentOf(
      Schema.Struct({ served: Schema.Struct({ answers: Schema.Number, differences: Schema.Array(Difference) }) }),
      ran
    )
    assert.strictEqual(answers, 6)
    assert.deepStrictEqual(differences, [{
      market: "m1",
      at: Number(served?.at),
      sequence: Number(served?.sequence),
      feature: "orderbook@1.0.bid_depth",
      live: { value: 150 * (1 + Number.EPSILON) },
      history: { value: 150 }
    }])
    const { code, stdout } = await cli("audit", "parity", "--samples", "0", "--db", tampered)
    assert.strictEqual(code, 1)
    assert.match(stdout, /^1 difference in/mu)
    assert.include(stdout, "orderbook@1.0.bid_depth")
  })
})

describe("audit lookahead", () => {
  it("finds nothing in the standard features, and says how much was compared", async () => {
    const report = recordOf(fine(await cli("audit", "lookahead", "--samples", "20", "--json")))
    assert.sameMembers(Object.keys(report), ["samples", "markets", "comparisons", "features", "findings"])
    assert.deepInclude(report, { samples: 20, markets: 2, comparisons: 20 * 21 * 7, findings: [] })
    const { stdout } = fine(await cli("audit", "lookahead", "--samples", "20", "--features", "temporal"))
    assert.strictEqual(stdout, "0 features look ahead: 560 answers compared at 20 instants of 2 markets\n")
  })

  it("refuses features and numbers that are none", async () => {
    refused(await cli("audit", "lookahead", "--features", "marke"), 2, "did you mean market?")
    refused(await cli("audit", "lookahead", "--samples", "many"), 2, "--samples: expected a whole number")
  })
})

describe("audit warmup", () => {
  it("shows what each feature needs of the past beside what it declares", async () => {
    const report = recordOf(fine(await cli("audit", "warmup", "--samples", "20", "--json")))
    assert.sameMembers(Object.keys(report), ["samples", "markets", "ladder_ms", "comparisons", "features", "findings"])
    assert.deepInclude(report, { samples: 20, markets: 2, findings: [] })
    const { stdout } = fine(await cli("audit", "warmup", "--samples", "20"))
    assert.match(stdout, /^0 features need more of the past than they say: /mu)
    assert.match(stdout, /^price_history@1\.0\.momentum +1 h +/mu)
    assert.match(stdout, /^temporal@1\.0\.hour_of_day +none +at once +at once +0 +0$/mu)
  })

  it("exits 1 on values of a window that has just begun, when it is told to be strict", async () => {
    const late = ["--from", `${start + 80 * minute}`, "--to", `${start + 120 * minute}`]
    const ran = await cli("audit", "warmup", "--samples", "10", "--strict", "--features", "price_history", ...late)
    assert.strictEqual(ran.code, 1, ran.stderr)
    assert.match(ran.stdout, /^3 features of 4 break what they say of the past they need: /mu)
    assert.include(ran.stdout, "a value before it is warm")
    assert.match(ran.stdout, /quote \d+ of 2026-07-13T/u)
  })
})

describe("audit drift", () => {
  const grid = ["--from", `${start + minute}`, "--to", `${start + 100 * minute}`, "--every", "1m"]

  it("compares a dataset with a period, and exits 1 where a feature has moved", async () => {
    const features = ["--features", "market.current_price,temporal.hour_of_day"]
    fine(await cli("dataset", "build", ...features, "--spine", "spine.csv", "--out", "set.parquet"))
    const ran = await cli("audit", "drift", "--dataset", "set.parquet", ...grid, "--json")
    const report = recordOf(fine(ran))
    assert.sameMembers(Object.keys(report), ["dataset", "markets", "thresholds", "features"])
    assert.deepInclude(report, { markets: 1, thresholds: { psi: 0.2, null_rate: 0.1 } })
    assert.match(String(report.dataset), /^sha256:[0-9a-f]{64}$/u)

    // three hours on, the hours are others, and prices stand still
    const later = ["--from", `${start + 180 * minute}`, "--to", `${start + 280 * minute}`, "--every", "1m"]
    const moved = await cli("audit", "drift", "--dataset", "set.parquet", ...later)
    assert.strictEqual(moved.code, 1, moved.stderr)
    assert.match(moved.stdout, /^2 features of 2 have moved: /mu)
    assert.match(moved.stdout, /^temporal@1\.0\.hour_of_day +\d+\.\d+ +1\.000 +<0\.001 +0 -> 3 +0 %$/mu)
    const lenient = ["--psi", "100", "--null-rate", "1"]
    fine(await cli("audit", "drift", "--dataset", "set.parquet", ...later, ...lenient))
  })

  it("compares a period with another", async () => {
    const reference = ["--reference-from", `${start}`, "--reference-to", `${start + 50 * minute}`]
    const { stdout } = fine(await cli("audit", "drift", ...reference, ...grid, "--features", "market.price_spread"))
    assert.match(stdout, /^0 features have moved: /mu)
    assert.include(stdout, "102 rows of the reference period, 200 rows of 2 markets in the period")
  })

  it("refuses what cannot be compared", async () => {
    const either = "expected either --dataset, or --reference-from and --reference-to"
    refused(await cli("audit", "drift", ...grid), 2, either)
    refused(await cli("audit", "drift", ...grid, "--reference-from", `${start}`), 2, either)
    refused(await cli("audit", "drift", ...grid, "--dataset", "set.parquet", "--psi", "high"), 2, "--psi: expected")
    refused(await cli("audit", "drift", "--dataset", "x"), 2, "--from is missing", "--every is missing")
    refused(await cli("audit", "drift", ...grid, "--dataset", "events.ndjson"), 3, "events.ndjson")
  })
})
