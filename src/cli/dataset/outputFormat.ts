import { Either } from "effect"
import { type DatasetFormat, formatOfFile } from "../../dataset/DatasetFormat.js"
import { showValue } from "../../domain/problems.js"
import { UsageRefused } from "../UsageRefused.js"

/** The format in which a file shall be written, by its extension. */
export const outputFormat = (option: string, file: string): Either.Either<DatasetFormat, UsageRefused> =>
  Either.mapLeft(formatOfFile(file), (hint) =>
    new UsageRefused({
      problem: `${option}: expected a file that ends in .parquet, .csv, .ndjson or .arrow, got ${showValue(file)}`,
      hint
    }))
