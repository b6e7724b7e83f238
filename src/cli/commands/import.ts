import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import { Effect, Either, Option, Schema } from "effect"
import { showProblem, showValue } from "../../domain/problems.js"
import { parseColumnMapping } from "../../importer/ColumnMapping.js"
import { importFiles, type ImportProgress, type ImportReport } from "../../importer/importFiles.js"
import type { ImportFormat } from "../../importer/ImportFormat.js"
import { databaseFile, openConfig, storageLayer } from "../application.js"
import { exitCodes } from "../failures.js"
import { flag, globals, optionalText } from "../options.js"
import { Output, present } from "../terminal/Output.js"
import { withProgress } from "../terminal/progress.js"
import { bytes, count, counted, visible } from "../terminal/text.js"
import { Concluded, UsageRefused } from "../UsageRefused.js"

const mappingOf = (text: Option.Option<string>) =>
  Option.match(text, {
    onNone: () => Either.right(undefined),
    onSome: (given) =>
      Either.mapLeft(parseColumnMapping(given), (problem) =>
        new UsageRefused({
          problem: `--${showProblem(problem)}`,
          hint: "for example --columns available_at=ts_ms,market=slug"
        }))
  })

const isFormat = Schema.is(Schema.Literal("events", "quotes"))

const formatOf = (text: Option.Option<string>): Either.Either<ImportFormat | undefined, UsageRefused> => {
  const given = Option.getOrUndefined(text)
  return given === undefined || isFormat(given) ? Either.right(given) : Either.left(
    new UsageRefused({
      problem: `--format: expected events or quotes, got ${showValue(given)}`,
      hint: "events are NDJSON; quotes are CSV or Parquet"
    })
  )
}

/** One line a file: what the log has now that it had not before. */
export const importedLine = ({ duplicates, events, file, format, outcome, rejected }: ImportReport): string => {
  if (outcome === "known") return `${visible(file)}: known already, nothing appended`
  const extra = [
    ...duplicates > 0 ? [`${counted(duplicates, "duplicate")} left out`] : [],
    ...rejected > 0 ? [`${counted(rejected, "line")} refused`] : []
  ]
  return `${visible(file)}: ${counted(events, format === "quotes" ? "quote" : "event")} appended` +
    (extra.length === 0 ? "" : `, ${extra.join(", ")}`)
}

/** Shows the progress of one file after the other under one bar. */
export const importWithProgress = (
  files: ReadonlyArray<string>,
  options: Parameters<typeof importFiles>[1]
) =>
  Effect.gen(function*() {
    let unit: ImportProgress["unit"] = "bytes"
    return yield* withProgress(
      { label: "import", unit: (value) => unit === "bytes" ? bytes(value) : `${count(value)} rows` },
      (report) =>
        importFiles(files, {
          ...options,
          onProgress: (progress) => {
            unit = progress.unit
            return report(progress.done, progress.total)
          }
        })
    )
  })

const documentOf = (reports: ReadonlyArray<ImportReport>) => ({
  files: reports.map(({ duplicates, events, file, format, outcome, rejected, rejectedFile, sequence }) => ({
    file,
    format,
    outcome,
    events,
    duplicates,
    rejected,
    rejected_file: rejectedFile ?? null,
    sequence
  })),
  appended: reports.reduce((sum, { events, outcome }) => outcome === "known" ? sum : sum + events, 0),
  rejected: reports.reduce((sum, { rejected }) => sum + rejected, 0)
})

export const importCommand = Command.make("import", {
  files: Args.text({ name: "FILE" }).pipe(
    Args.withDescription("events (NDJSON) or quotes (CSV, Parquet); .gz accepted"),
    Args.atLeast(1)
  ),
  format: optionalText("format", "FORMAT", "what the files hold: events or quotes (default: told by content and name)"),
  columns: optionalText("columns", "MAPPING", "names of a quotes file's columns: available_at=ts_ms,market=slug,..."),
  skipInvalid: flag("skip-invalid", "leave bad lines out, write them to FILE.rejected.ndjson and exit 3"),
  ...globals
}, (given) =>
  Effect.gen(function*() {
    const { json, note, print } = yield* Output
    const columns = yield* mappingOf(given.columns)
    const format = yield* formatOf(given.format)
    if (columns !== undefined && format === "events") {
      return yield* new UsageRefused({ problem: "--columns goes with quotes", hint: "events name their own fields" })
    }
    const config = yield* openConfig(given)
    const reports = yield* importWithProgress(given.files, {
      format,
      columns,
      skipInvalid: given.skipInvalid,
      onImported: (report) => json ? Effect.void : print(importedLine(report))
    }).pipe(Effect.provide(storageLayer(databaseFile(config))))
    if (json) yield* present(documentOf(reports), () => "")
    for (const { rejected, rejectedFile } of reports) {
      if (rejectedFile !== undefined) {
        yield* note(`${counted(rejected, "refused line")}, with reasons, in ${visible(rejectedFile)}`)
      }
    }
    if (reports.some(({ rejected }) => rejected > 0)) {
      return yield* new Concluded({ exitCode: exitCodes.rejectedInput })
    }
  })).pipe(Command.withDescription("Append files to the log: each as a whole, and the same content only once."))
