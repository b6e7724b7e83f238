import { Either } from "effect"
import { nearest } from "../domain/problems.js"

/** How a dataset is written. */
export type DatasetFormat = "parquet" | "csv" | "ndjson" | "arrow"

const byExtension: Readonly<Record<string, DatasetFormat>> = {
  parquet: "parquet",
  csv: "csv",
  ndjson: "ndjson",
  arrow: "arrow"
}

/** The format that a file's extension stands for; or what to write instead. */
export const formatOfFile = (file: string): Either.Either<DatasetFormat, string> => {
  const extension = /\.([^./\\]+)$/u.exec(file)?.[1] ?? ""
  const format = byExtension[extension.toLowerCase()]
  const known = Object.keys(byExtension)
  return format === undefined
    ? Either.left(nearest(extension, known) ?? `write one of ${known.map((name) => `FILE.${name}`).join(", ")}`)
    : Either.right(format)
}

/** Whether the file itself has a place for the manifest; else it stands beside it. */
export const embedsManifest = (format: DatasetFormat): boolean => format === "parquet" || format === "arrow"
