import * as FileSystem from "@effect/platform/FileSystem"
import { Effect } from "effect"
import type { BacktestReport } from "../../backtest/BacktestReport.js"
import { StorageFailure } from "../../store/StorageFailure.js"

/** Draws and writes the page; the charts are loaded only here, they would slow every other command down. */
export const writePage = (out: string, report: BacktestReport) =>
  Effect.gen(function*() {
    const { reportPage } = yield* Effect.promise(() => import("../../backtest/page/page.js"))
    const fs = yield* FileSystem.FileSystem
    yield* fs.writeFileString(out, reportPage(report)).pipe(
      Effect.mapError((cause) => new StorageFailure({ operation: `write ${out}`, cause }))
    )
  })
