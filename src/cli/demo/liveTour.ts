import * as Path from "@effect/platform/Path"
import { Clock, Effect, Layer, Ref } from "effect"
import { auditParity } from "../../audit/parity.js"
import { Catalogue } from "../../live/Catalogue.js"
import { FeatureStore } from "../../store/FeatureStore.js"
import { type Registry, scratchLayer, storageLayer, storeLayer } from "../application.js"
import { differencesIn, renderParity } from "../audit/parityReport.js"
import { recordingLayer, renderRecording, watchRecording } from "../live/recording.js"
import { type Colors, Output } from "../terminal/Output.js"
import { withProgress } from "../terminal/progress.js"
import { table } from "../terminal/table.js"
import { count, counted, took } from "../terminal/text.js"
import { makeSteps } from "./steps.js"
import { venueProcess } from "./venueProcess.js"

const seconds = 20
const markets = 20

/** What the demo's live half has shown, in numbers. */
interface LiveSummary {
  readonly directory: string
  readonly markets: number
  readonly events: number
  readonly gaps: number
  readonly reconnects: number
  readonly served: { readonly vectors: number; readonly present: number; readonly in_gap: number }
  readonly parity: { readonly comparisons: number; readonly differences: number }
  readonly elapsed_ms: number
}

export const renderLiveSummary = (summary: LiveSummary) => (colors: Colors): string => {
  const { differences } = summary.parity
  const verdict = counted(differences, "difference")
  return `\n${colors.bold(colors.cyan("Summary"))}\n` +
    table(colors, { head: ["", "", ""], align: ["left", "right"] }, [
      ["events recorded", count(summary.events), colors.dim(counted(summary.markets, "market"))],
      ["gaps", count(summary.gaps), colors.dim(counted(summary.reconnects, "reconnect"))],
      ["vectors served", count(summary.served.vectors), colors.dim(`${count(summary.served.in_gap)} null by feed_gap`)],
      [
        "parity",
        differences === 0 ? colors.green(verdict) : colors.red(verdict),
        colors.dim(`in ${count(summary.parity.comparisons)} values, live against history`)
      ],
      ["total time", took(summary.elapsed_ms), ""]
    ])
}

/** Asks for every market once a second, and counts what came. */
const serve = (references: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const store = yield* FeatureStore
    const catalogue = yield* Catalogue
    const tally = yield* Ref.make({ vectors: 0, present: 0, in_gap: 0 })
    const round = Effect.gen(function*() {
      for (const { id } of yield* catalogue.markets) {
        const vector = yield* store.getCurrentFeatures(id, references)
        const price = vector.get("market.current_price")
        yield* Ref.update(tally, ({ in_gap, present, vectors }) => ({
          vectors: vectors + 1,
          present: present + (price?.status === "PRESENT" ? 1 : 0),
          in_gap: in_gap + (price?.reason === "feed_gap" ? 1 : 0)
        }))
      }
    })
    yield* Effect.forkScoped(Effect.forever(Effect.zipRight(round, Effect.sleep("1 seconds"))))
    return tally
  })

/** Records a simulated venue that drops, freezes and garbles, serves features meanwhile, and proves what was served. */
export const liveTour = (registry: Registry, directory: string) =>
  Effect.gen(function*() {
    const { colors } = yield* Output
    const start = yield* Clock.currentTimeMillis
    const file = (yield* Path.Path).join(directory, "live.db")
    const references = registry.groups.map((group) => group.name)
    const { say, step } = yield* makeSteps(3)
    yield* say(
      `${colors.bold("A feature store on a live venue")} ${colors.dim("(simulated, on loopback, with faults)")}`
    )

    const venue = yield* step(
      "A venue that drops connections, freezes, garbles and reorders",
      venueProcess("--markets", String(markets), "--rate", "100", "--faults", "storm", "--seed", "1"),
      ({ gammaUrl, websocketUrl }) => `${gammaUrl}\n${websocketUrl}`
    )

    const watch = yield* watchRecording(file)
    const selection = { ids: [], filter: { minLiquidity: 0 }, most: markets }
    const live = Layer.provideMerge(
      recordingLayer(venue.result, selection),
      storeLayer(registry, file)
    )
    const recorded = yield* step(
      `Record it for ${seconds} seconds, and serve every market's features every second`,
      Effect.gen(function*() {
        const tally = yield* Effect.scoped(Effect.gen(function*() {
          const services = yield* Layer.build(live)
          const served = yield* Effect.provide(serve(references), services)
          yield* Effect.provide(watch.show, services)
          yield* Effect.sleep(seconds * 1000)
          yield* Effect.provide(Effect.flatMap(FeatureStore, (store) => store.flush), services)
          return served
        }))
        return { recording: yield* watch.summary, served: yield* Ref.get(tally) }
      }),
      ({ recording, served }) =>
        `${renderRecording(recording)}\n${counted(served.vectors, "vector")} served: ` +
        `${count(served.present)} with a price, ${count(served.in_gap)} null by feed_gap`
    )

    const parity = yield* step(
      "Parity: the log through the live path and through history, and every vector that was served",
      Effect.gen(function*() {
        const scratch = yield* scratchLayer
        return yield* withProgress({ label: "parity", unit: "events" }, (onProgress) =>
          auditParity(registry, scratch, { samples: 200, seed: 1, onProgress }))
      }).pipe(Effect.provide(storageLayer(file))),
      (report) =>
        renderParity(report)(colors)
    )

    const { recording, served } = recorded.result
    const summary: LiveSummary = {
      directory,
      markets: recording.markets,
      events: recording.events,
      gaps: recording.gaps,
      reconnects: recording.reconnects,
      served,
      parity: {
        comparisons: parity.result.comparisons + parity.result.served.comparisons,
        differences: differencesIn(parity.result)
      },
      elapsed_ms: (yield* Clock.currentTimeMillis) - start
    }
    return summary
  }).pipe(Effect.scoped)
