import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import { Effect, Option } from "effect"
import { SourceFailure } from "../../importer/SourceFailure.js"
import { packageInfo } from "../packageInfo.js"

/** Who made the sample data, and under which licence. */
export const credit = "Polymarket Order Book Dataset (2026), Dinesh Gopalakrishnan, CC BY 4.0"

const folder = ["test", "fixtures", "polymarket-quotes"] as const
const files = ["markets.ndjson", "quotes.csv.gz", "resolutions.ndjson"] as const

/** The files of the sample that comes with the package, in the order of their import. */
export const sampleFiles = Effect.gen(function*() {
  const path = yield* Path.Path
  const fs = yield* FileSystem.FileSystem
  const root = Option.match(yield* packageInfo, { onNone: () => ".", onSome: (info) => info.root })
  const paths = files.map((name) => path.join(root, ...folder, name))
  for (const file of paths) {
    const isThere = yield* Effect.orElseSucceed(fs.exists(file), () => false)
    if (!isThere) {
      return yield* new SourceFailure({
        file,
        operation: "read",
        reason: "the demo's sample data is not there",
        hint: "install the package anew: its folder test/fixtures comes with it",
        cause: "missing"
      })
    }
  }
  return paths
})
