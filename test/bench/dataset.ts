import * as NodeContext from "@effect/platform-node/NodeContext"
import { Effect, Layer } from "effect"
import { writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { seeded } from "../../src/audit/random.js"
import { standardComputers } from "../../src/computers/standard.js"
import { LiveClock } from "../../src/context/LiveClock.js"
import { SnapshotSource } from "../../src/context/SnapshotSource.js"
import { buildDataset } from "../../src/dataset/buildDataset.js"
import * as FeatureRegistry from "../../src/features/FeatureRegistry.js"
import { importFile } from "../../src/importer/importFiles.js"
import { EventLog, type MarketSummary } from "../../src/store/EventLog.js"
import { atMost, timed } from "./measure.js"
import { storage } from "./storage.js"

const rows = 500_000
const rounds = 3
const all = ["market", "orderbook", "sentiment", "temporal", "price_history"]
const fixture = (name: string) => fileURLToPath(new URL(`../test/fixtures/polymarket-quotes/${name}`, import.meta.url))

/** Random markets of the sample at random instants, in no order: the hardest spine there is. */
const writeSpine = (path: string, markets: ReadonlyArray<MarketSummary>) => {
  const random = seeded(9)
  const lines = Array.from({ length: rows }, () => {
    const { firstAvailableAt = 0, lastAvailableAt = 0, market = "" } = markets[Math.floor(random() * markets.length)] ??
      {}
    return `${market},${Math.floor(firstAvailableAt + random() * (lastAvailableAt - firstAvailableAt))}`
  })
  writeFileSync(path, `market,timestamp\n${lines.join("\n")}\n`)
}

/** (g) 500,000 rows of CSV to a training set of 21 features in Parquet. */
export const datasetBench = (folder: string) =>
  Effect.gen(function*() {
    for (const name of ["markets.ndjson", "quotes.csv.gz", "resolutions.ndjson"]) yield* importFile(fixture(name))
    const registry = yield* FeatureRegistry.make(standardComputers, { cacheTtlSecs: 60, features: {}, external: {} })
    const file = `${folder}/spine.csv`
    writeSpine(file, yield* (yield* EventLog).markets)
    const millis: Array<number> = []
    const cpu: Array<number> = []
    for (let round = 0; round < rounds; round++) {
      const before = process.cpuUsage()
      const run = yield* timed(buildDataset(registry, SnapshotSource, {
        references: all,
        spine: { kind: "file", file },
        out: `${folder}/set.parquet`,
        format: "parquet",
        keepStale: false,
        withStatus: false,
        labels: false,
        overwrite: true
      }))
      const { system, user } = process.cpuUsage(before)
      millis.push(run.millis)
      cpu.push((system + user) / 1000)
    }
    return [
      atMost("(g) 500,000 rows x 21 features to Parquet, wall", "s", Math.min(...millis) / 1_000, 15),
      atMost("    the same, CPU of all threads", "s", Math.min(...cpu) / 1_000, 15),
      atMost("    peak memory of the process so far", "MB", process.resourceUsage().maxRSS / 1_000, 600)
    ]
  }).pipe(
    Effect.provide(Layer.merge(Layer.provideMerge(LiveClock, storage(`${folder}/dataset.db`)), NodeContext.layer))
  )
