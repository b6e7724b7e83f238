import { Effect, Either, Layer, Stream } from "effect"
import type { OwnServices } from "../../src/audit/recompute.js"
import { standardComputers } from "../../src/computers/standard.js"
import { decodeEventLine } from "../../src/domain/EventLine.js"
import { showProblem } from "../../src/domain/problems.js"
import type { FeatureComputer } from "../../src/features/FeatureComputer.js"
import * as FeatureRegistry from "../../src/features/FeatureRegistry.js"
import type { MarketViews } from "../../src/state/views.js"
import { EventLog } from "../../src/store/EventLog.js"
import { type RecordedQuotes, recordedQuotes } from "./cheats.js"
import { plainEventLog } from "./plainLog.js"

/** The standard computers with some beside them. */
export const registryBeside = (...computers: ReadonlyArray<FeatureComputer<MarketViews | RecordedQuotes>>) =>
  Effect.runSync(
    FeatureRegistry.make<MarketViews | RecordedQuotes>([...standardComputers, ...computers], {
      cacheTtlSecs: 60,
      features: {},
      external: {}
    })
  )

/** What the computers beside the standard ones ask for. */
export const own: OwnServices<RecordedQuotes> = recordedQuotes

/** Scores are the log's to give: a line of a file has none. */
const unscored = (line: object) => Object.fromEntries(Object.entries(line).filter(([name]) => name !== "score"))

/** A plain log that holds the lines of a file. */
export const logOf = (lines: ReadonlyArray<object>) =>
  Layer.tap(plainEventLog, (context) =>
    Effect.flatMap(Effect.provide(EventLog, context), (log) =>
      log.importFile(
        { digest: "lines", name: "lines" },
        Stream.make({
          kind: "events" as const,
          events: lines.map((line) =>
            Either.getOrThrowWith(decodeEventLine(unscored(line)), (problem) => new Error(showProblem(problem)))
          )
        })
      )))
