import * as Command from "@effect/cli/Command"
import * as Path from "@effect/platform/Path"
import { Clock, Effect, Option } from "effect"
import { auditParity } from "../../audit/parity.js"
import { formatInstant } from "../../domain/Instant.js"
import type { MarketId } from "../../domain/MarketId.js"
import { lineageOf } from "../../features/lineage.js"
import { EventLog } from "../../store/EventLog.js"
import { FeatureStore } from "../../store/FeatureStore.js"
import { DatabaseHealth } from "../../store/sqlite/DatabaseHealth.js"
import { readRegistry, type Registry, scratchLayer, storeLayer } from "../application.js"
import { differencesIn, renderParity } from "../audit/parityReport.js"
import { choose, middleDay } from "../demo/choice.js"
import { liveTour, renderLiveSummary } from "../demo/liveTour.js"
import { renderVectors, vectorsAt } from "../demo/moments.js"
import { audit, buildTrainingSet, renderAudits, renderBacktests, runBacktests } from "../demo/research.js"
import { credit, sampleFiles } from "../demo/sample.js"
import { makeSteps } from "../demo/steps.js"
import { renderSummary, type Summary, summaryDocument } from "../demo/summary.js"
import { exitCodes } from "../failures.js"
import { flag, optionalText, reporting } from "../options.js"
import { renderLineage } from "../registry/lineage.js"
import { Output, present } from "../terminal/Output.js"
import { withProgress } from "../terminal/progress.js"
import { count, counted, visible } from "../terminal/text.js"
import { Concluded } from "../UsageRefused.js"
import { importedLine, importWithProgress } from "./import.js"

/** The five standard groups as they come: the demo's numbers are the same wherever it runs. */
const settings = { cacheTtlSecs: 60, features: {}, external: {} }

const samples = 1000
const seed = 1
const minute = 60_000

/** Live answers, which the served log keeps: parity recomputes them too. */
const serveAll = (markets: ReadonlyArray<MarketId>, references: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const store = yield* FeatureStore
    yield* Effect.forEach(markets, (market) => store.getCurrentFeatures(market, references), { discard: true })
    yield* store.flush
    return markets.length
  })

const tour = (registry: Registry, directory: string) =>
  Effect.gen(function*() {
    const { colors } = yield* Output
    const start = yield* Clock.currentTimeMillis
    const log = yield* EventLog
    const store = yield* FeatureStore
    const health = yield* DatabaseHealth
    const scratch = yield* scratchLayer
    const references = registry.groups.map((group) => group.name)
    const { say, step } = yield* makeSteps(8)
    yield* say(`${colors.bold("A feature store on real quotes.")} ${colors.dim(`Data: ${credit}`)}`)

    const imported = yield* step(
      "Import a recording",
      Effect.flatMap(sampleFiles, (files) => importWithProgress(files, {})),
      (reports) =>
        reports.map((report) => importedLine({ ...report, file: report.file.replace(/^.*[\\/]/u, "") })).join("\n")
    )
    const summaries = yield* log.markets
    const names = summaries.map((summary) => summary.market)

    yield* step(
      "Five groups of features, and what they are made from",
      Effect.succeed(registry.groups.map(lineageOf)),
      (groups) => renderLineage(groups)(colors)
    )

    const choice = yield* choose(summaries)
    const asked = yield* step(
      "Three markets as of three instants, and every market now",
      Effect.all({
        vectors: vectorsAt(choice.markets, choice.instants, references),
        served: serveAll(names, references)
      }),
      ({ served, vectors }) =>
        `${renderVectors(vectors)(colors)}\n\n${counted(served, "market")} served live, each answer on record`
    )

    const [from, to] = middleDay(summaries)
    const materialised = yield* step(
      "One day at one-minute steps, all groups, all markets",
      withProgress({ label: "materialize", unit: "markets" }, (onProgress) =>
        store.materialize({ references, everyMillis: minute, from, to, onProgress })),
      ({ computed, kept }) =>
        `${formatInstant(from).slice(0, 10)}: ${counted(computed, "vector")} computed and stored, ${count(kept)} kept`
    )

    const parity = yield* step(
      "Parity: the same log through the live path and through history",
      withProgress({ label: "parity", unit: "events" }, (onProgress) =>
        auditParity(registry, scratch, { samples, seed, onProgress })),
      (report) =>
        renderParity(report)(colors)
    )

    const audits = yield* step(
      "Audits: does a feature see what came later, or need more of the past than it says?",
      audit(registry, references, { samples, seed }),
      (reports) =>
        renderAudits(reports)(colors)
    )

    const training = yield* step(
      "A training set: every market every quarter of an hour, with the outcomes as labels",
      buildTrainingSet(registry, directory, summaries, references),
      ({ file, id, rows }) =>
        `${visible(file)}: ${counted(rows, "row")}\n${colors.dim(`dataset id ${id}`)}`
    )

    const backtests = yield* step(
      "Backtests of two strategies over the whole recording",
      runBacktests(registry, directory),
      renderBacktests
    )

    const sizes = yield* health.sizes
    const { comparisons, served } = parity.result
    const summary: Summary = {
      directory,
      markets: names.length,
      events: summaries.reduce((sum, { events }) => sum + events, 0),
      quotes: choice.quotes,
      appended: imported.result.reduce((sum, { events, outcome }) => outcome === "known" ? sum : sum + events, 0),
      vectors: { computed: materialised.result.computed, kept: materialised.result.kept },
      served: asked.result.served,
      database_bytes: sizes.total,
      log_bytes: sizes.events,
      bytes_per_quote: sizes.events / Math.max(1, choice.quotes),
      parity: {
        samples: parity.result.samples,
        comparisons: comparisons + served.comparisons,
        differences: differencesIn(parity.result)
      },
      audits: {
        lookahead: audits.result.lookahead.findings.length,
        warmup: audits.result.warmup.findings.length
      },
      training_set: training.result,
      backtests: {
        market_price_brier: backtests.result.baseline.forecasts?.brier ?? null,
        mean_reversion_pnl: backtests.result.trading.account.pnl,
        report: backtests.result.page
      },
      elapsed_ms: (yield* Clock.currentTimeMillis) - start
    }
    return summary
  })

const runLiveTour = (registry: Registry, directory: string) =>
  Effect.gen(function*() {
    const summary = yield* liveTour(registry, directory)
    yield* present(summary, renderLiveSummary(summary))
    if (summary.parity.differences > 0) return yield* new Concluded({ exitCode: exitCodes.finding })
  })

export const demo = Command.make("demo", {
  dir: optionalText("dir", "PATH", "the folder of the demo's database (default: data/demo)"),
  live: flag("live", "record and serve a simulated venue on loopback instead, with faults, and prove what was served"),
  ...reporting
}, (given) =>
  Effect.gen(function*() {
    const directory = Option.getOrElse(given.dir, () => "data/demo")
    const file = (yield* Path.Path).join(directory, "features.db")
    const registry = yield* readRegistry(settings)
    if (given.live) return yield* runLiveTour(registry, directory)
    const summary = yield* Effect.provide(tour(registry, directory), storeLayer(registry, file))
    yield* present(summaryDocument(summary), (colors) =>
      `\n${colors.bold(colors.cyan("Summary"))}\n${renderSummary(summary)(colors)}\n\n` +
      `Look around: feature-store get MARKET --at TIME --db ${visible(file)}`)
    if (summary.parity.differences + summary.audits.lookahead + summary.audits.warmup > 0) {
      return yield* new Concluded({ exitCode: exitCodes.finding })
    }
  })).pipe(
    Command.withDescription("A tour on real quotes of 60 markets: import, features, audits, a training set, backtests.")
  )
