import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import { Array, Effect, Stream } from "effect"
import { MarketClock } from "../../context/MarketClock.js"
import { LineBlocks } from "../../importer/LineBlocks.js"
import { contentOf, demandUnchanged, digestOf, openSource } from "../../importer/SourceFile.js"
import { EventLog } from "../../store/EventLog.js"
import { type ExternalRejected, FeatureStore } from "../../store/FeatureStore.js"
import { databaseFile, openRegistry, type Registry, storeLayer } from "../application.js"
import { readExternalLines } from "../externalLines.js"
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
    return yield* withProgress("store", (report) => {
      let read = 0
      const blocks = new LineBlocks()
      const values_ = contentOf(source, (size) => void (read += size)).pipe(
        Stream.mapConcat((chunk) => blocks.push(chunk)),
        Stream.concat(Stream.suspend(() => Stream.fromIterable(blocks.finish()))),
        Stream.mapEffect((block) =>
          Effect.gen(function*() {
            const lines = yield* readLines(block)
            for (const [first, ...others] of Object.values(Array.groupBy(lines, ({ market }) => market))) {
              markets.add(first.market)
              values += others.length + 1
              yield* store.storeFeatures(first.market, [first, ...others].map(({ feature }) => feature)).pipe(
                Effect.catchTag("ExternalRejected", neverRefused)
              )
            }
            yield* report(read, source.size)
          })
        ),
        Stream.concat(Stream.fromEffect(demandUnchanged(source))),
        Stream.drain
      )
      return log.importFile({ digest, name: path }, values_)
    }, bytes).pipe(
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
