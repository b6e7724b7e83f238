import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import { Effect, Stream } from "effect"
import { MarketClock } from "../../context/MarketClock.js"
import type { MarketId } from "../../domain/MarketId.js"
import { LineBlocks } from "../../importer/LineBlocks.js"
import { contentOf, demandUnchanged, digestOf, openSource } from "../../importer/SourceFile.js"
import { EventLog } from "../../store/EventLog.js"
import { type ExternalFeature, type ExternalRejected, FeatureStore } from "../../store/FeatureStore.js"
import { databaseFile, openRegistry, type Registry, storeLayer } from "../application.js"
import { type ExternalLine, readExternalLines } from "../externalLines.js"
import { globals } from "../options.js"
import { present } from "../terminal/Output.js"
import { withProgress } from "../terminal/progress.js"
import { bytes, counted, visible } from "../terminal/text.js"

/** What storing a file has done. */
interface Stored {
  readonly outcome: "stored" | "known"
  readonly values: number
  readonly markets: number
}

const byMarket = (lines: ReadonlyArray<ExternalLine>): ReadonlyMap<MarketId, ReadonlyArray<ExternalFeature>> => {
  const markets = new Map<MarketId, Array<ExternalFeature>>()
  for (const { feature, market } of lines) {
    const own = markets.get(market)
    if (own === undefined) markets.set(market, [feature])
    else own.push(feature)
  }
  return markets
}

/** Each line has been checked on its own: a refusal now would be a mistake of this program. */
const neverRefused = (rejected: ExternalRejected) => Effect.die(rejected)

/**
 * Stores a file as a whole, and the same content once. The values are written while the log takes note of the file, in
 * the same transaction, so that neither is ever there without the other.
 */
const storeFile = (registry: Registry, path: string) =>
  Effect.gen(function*() {
    const log = yield* EventLog
    const store = yield* FeatureStore
    const now = yield* (yield* MarketClock).now
    const groups = registry.groups.flatMap((group) => group.kind === "external" ? [group] : [])
    const source = yield* openSource(path)
    const digest = yield* digestOf(source, ["external"])
    const readLines = readExternalLines(groups, path, now)
    const markets = new Set<string>()
    let values = 0
    return yield* withProgress({ label: "store", unit: bytes }, (report) => {
      let read = 0
      const blocks = new LineBlocks()
      const writes = contentOf(source, (size) => void (read += size)).pipe(
        Stream.mapConcat((chunk) => blocks.push(chunk)),
        Stream.concat(Stream.suspend(() => Stream.fromIterable(blocks.finish()))),
        Stream.mapEffect((block) =>
          Effect.gen(function*() {
            const lines = yield* readLines(block)
            for (const [market, features] of byMarket(lines)) {
              markets.add(market)
              values += features.length
              yield* Effect.catchTag(store.storeFeatures(market, features), "ExternalRejected", neverRefused)
            }
            yield* report(read, source.size)
          })
        ),
        Stream.concat(Stream.fromEffect(demandUnchanged(source))),
        Stream.drain
      )
      return log.importFile({ digest, name: path }, writes)
    }).pipe(
      Effect.map(({ outcome }): Stored => ({
        outcome: outcome === "known" ? "known" : "stored",
        values,
        markets: markets.size
      }))
    )
  })

export const store = Command.make("store", {
  file: Args.text({ name: "FILE" }).pipe(
    Args.withDescription("NDJSON, .gz accepted: market, feature, version, timestamp, available_at, value")
  ),
  ...globals
}, (given) =>
  Effect.gen(function*() {
    const { config, registry } = yield* openRegistry(given)
    const { markets, outcome, values } = yield* storeFile(registry, given.file).pipe(
      Effect.provide(storeLayer(registry, databaseFile(config)))
    )
    yield* present({ file: given.file, outcome, values, markets }, () =>
      outcome === "known"
        ? `${visible(given.file)}: known already, nothing stored`
        : `${visible(given.file)}: ${counted(values, "value")} of ${counted(markets, "market")} stored`)
  })).pipe(Command.withDescription("Store features that were computed elsewhere: a file as a whole, and only once."))
