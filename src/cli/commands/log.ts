import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import { Clock, Effect, Option } from "effect"
import type { FeatureStoreConfig } from "../../config/FeatureStoreConfig.js"
import { formatInstant, Instant } from "../../domain/Instant.js"
import { earliestOf } from "../../store/earliest.js"
import { EventLog } from "../../store/EventLog.js"
import { LogMaintenance } from "../../store/LogMaintenance.js"
import { backup as backUp } from "../../store/sqlite/backup.js"
import { DatabaseHealth } from "../../store/sqlite/DatabaseHealth.js"
import { databaseExists, databaseFile, openRegistry, readConfig, storageLayer } from "../application.js"
import { flag, type Globals, globals, optionalText } from "../options.js"
import { present } from "../terminal/Output.js"
import { withProgress } from "../terminal/progress.js"
import { bytes, count, counted, visible } from "../terminal/text.js"
import { UsageRefused } from "../UsageRefused.js"
import { durationOf, optionalInstant } from "../values.js"

const dayMillis = 86_400_000

/** The database file, which must be there. */
const existing = Effect.fnUntraced(function*(config: FeatureStoreConfig) {
  const file = databaseFile(config)
  if (yield* databaseExists(config)) return file
  return yield* new UsageRefused({
    problem: `${visible(file)}: there is no database`,
    hint: "`feature-store import FILE...` makes one, and so does `feature-store record`; --db PATH names another"
  })
})

const openLog = (given: Globals) =>
  Effect.gen(function*() {
    const { config, registry } = yield* openRegistry(given)
    return { config, registry, file: yield* existing(config) }
  })

/** The instant from which on answers are to stay; `undefined` where nothing is to be dropped. */
const dropBeforeOf = (
  given: { readonly before: Option.Option<string>; readonly keep: Option.Option<string> },
  retentionDays: number | undefined
) =>
  Effect.gen(function*() {
    const now = yield* Clock.currentTimeMillis
    if (Option.isSome(given.before) && Option.isSome(given.keep)) {
      return yield* new UsageRefused({
        problem: "--before and --keep say the same in two ways",
        hint: "give one of them"
      })
    }
    const before: Instant | undefined = yield* optionalInstant("--before", given.before)
    if (before !== undefined && before > now) {
      return yield* new UsageRefused({
        problem: "--before lies in the future: nothing could be answered until then",
        hint: "give an instant that has passed, or --keep 30d"
      })
    }
    if (before !== undefined) return before
    if (Option.isSome(given.keep)) return Instant(now - (yield* durationOf("--keep", given.keep.value)))
    return retentionDays === undefined ? undefined : Instant(Math.floor(now - retentionDays * dayMillis))
  })

export const compact = Command.make("compact", {
  before: optionalText("before", "TIME", "drop what no answer from this instant on needs"),
  keep: optionalText("keep", "D", "the same, so long before now: 30d (default: live.retention_days, else all is kept)"),
  dryRun: flag("dry-run", "say what would be dropped, and change nothing"),
  ...globals
}, (given) =>
  Effect.gen(function*() {
    const { config, file, registry } = yield* openLog(given)
    const dropBefore = yield* dropBeforeOf(given, config.live.retentionDays)
    const { historyMillis } = registry
    yield* Effect.gen(function*() {
      const maintenance = yield* LogMaintenance
      const since = dropBefore === undefined ? "" : `no answer from ${formatInstant(dropBefore)} on needs`
      if (given.dryRun) {
        const { dropped, kept } = yield* withProgress({ label: "look", unit: "markets" }, (onProgress) =>
          maintenance.preview({ dropBefore, historyMillis, onProgress }))
        const document = { dry_run: true, drop_before: dropBefore ?? null, dropped, kept }
        return yield* present(document, () =>
          dropBefore === undefined
            ? `nothing would be dropped of ${counted(kept, "event")}`
            : `${counted(dropped, "event")} that ${since} would be dropped, ${count(kept)} kept`)
      }
      const done = yield* withProgress({ label: "compact", unit: "markets" }, (onProgress) =>
        maintenance.compact({ dropBefore, historyMillis, shrink: true, onProgress }))
      const document = {
        dry_run: false,
        drop_before: dropBefore ?? null,
        dropped: done.dropped,
        kept: done.kept,
        pieces_before: done.pieces.before,
        pieces_after: done.pieces.after,
        bytes_before: done.bytes.before,
        bytes_after: done.bytes.after
      }
      yield* present(document, () =>
        [
          dropBefore === undefined
            ? `${counted(done.kept, "event")} kept, none dropped`
            : `${counted(done.dropped, "event")} dropped that ${since}, ${count(done.kept)} kept`,
          `${visible(file)}: ${bytes(done.bytes.before)} before, ${bytes(done.bytes.after)} after; ` +
          `${counted(done.pieces.before, "chunk")} before, ${count(done.pieces.after)} after`
        ].join("\n"))
    }).pipe(Effect.provide(storageLayer(file)))
  })).pipe(
    Command.withDescription("Drop events that no answer needs, put small chunks together, and give the space back.")
  )

export const stats = Command.make("stats", globals, (given) =>
  Effect.gen(function*() {
    const { file, registry } = yield* openLog(given)
    yield* Effect.gen(function*() {
      const log = yield* EventLog
      const all = yield* log.markets
      const events = all.reduce((sum, market) => sum + market.events, 0)
      const completeSince = yield* log.completeSince
      const earliest = completeSince === 0 ? null : earliestOf(completeSince, registry.historyMillis)
      const sizes = yield* (yield* DatabaseHealth).sizes
      const document = {
        events,
        markets: all.length,
        sequence: yield* log.watermark,
        first: all.length === 0 ? null : Math.min(...all.map((market) => market.firstAvailableAt)),
        last: all.length === 0 ? null : Math.max(...all.map((market) => market.lastAvailableAt)),
        earliest_answer: earliest,
        bytes: sizes.total,
        event_bytes: sizes.events
      }
      const shown = (at: number | null) => at === null ? "-" : formatInstant(Instant(at))
      yield* present(document, () =>
        [
          `${counted(events, "event")} of ${counted(all.length, "market")}, log position ${count(document.sequence)}`,
          `known from ${shown(document.first)} to ${shown(document.last)}`,
          earliest === null ? "nothing was ever dropped" : `compacted: answers go back to ${shown(earliest)}`,
          `${bytes(sizes.total)}, of them events ${bytes(sizes.events)}`
        ].join("\n"))
    }).pipe(Effect.provide(storageLayer(file)))
  })).pipe(Command.withDescription("What the log holds: events, markets, times, bytes, and how far back answers go."))

export const backup = Command.make("backup", {
  file: Args.text({ name: "FILE" }).pipe(
    Args.withDescription("the copy; a file that is there already is not replaced")
  ),
  ...globals
}, (given) =>
  Effect.gen(function*() {
    // whatever its schema: what is to be upgraded is copied first
    const from = yield* Effect.flatMap(readConfig(given), existing)
    const copied = yield* withProgress({ label: "copy", unit: bytes }, (onProgress) =>
      backUp({ from, to: given.file, onProgress }))
    yield* present({ database: from, backup: given.file, sequence: copied.sequence, bytes: copied.bytes }, () =>
      `${visible(from)} copied to ${visible(given.file)} and read again: ` +
      `${bytes(copied.bytes)}, log position ${count(copied.sequence)}`)
  })).pipe(
    Command.withDescription("Copy the whole database to one file, as of one moment; others may write to it meanwhile.")
  )

const group = Command.make("log").pipe(Command.withDescription("The event log itself."))

/** The group by itself, and with its commands. */
export const log = { group, command: Command.withSubcommands(group, [backup, compact, stats]) }
