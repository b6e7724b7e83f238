import { Either } from "effect"
import { fileRejected, type ImportRejected } from "./ImportRejected.js"
import type { SourceFile } from "./SourceFile.js"

/** What a file is about: events of all kinds, or quotes in columns. */
export type ImportFormat = "events" | "quotes"

/** How it is written. */
export type Encoding = "ndjson" | "csv" | "parquet"

/** The encodings of each format; the first is assumed where the name says nothing. */
const encodings = {
  events: ["ndjson"],
  quotes: ["csv", "parquet"]
} as const satisfies Record<ImportFormat, readonly [Encoding, ...Array<Encoding>]>

const byExtension: ReadonlyArray<readonly [RegExp, Encoding]> = [
  [/\.(ndjson|jsonl|json)$/iu, "ndjson"],
  [/\.csv$/iu, "csv"],
  [/\.(parquet|pq)$/iu, "parquet"]
]

const called = { ndjson: "NDJSON", csv: "CSV", parquet: "Parquet" } as const satisfies Record<Encoding, string>

/** What content or name say, the content first: a Parquet file tells itself, text does not. */
export const encodingOf = ({ isParquet, path }: SourceFile): Encoding | undefined =>
  isParquet ? "parquet" : byExtension.find(([ending]) => ending.test(path.replace(/\.gz$/iu, "")))?.[1]

const formatOf = (encoding: Encoding): ImportFormat => encoding === "ndjson" ? "events" : "quotes"

/** The format asked for, or else the one that the file's content or name stands for. */
export const resolveFormat = (
  source: SourceFile,
  asked: ImportFormat | undefined
): Either.Either<{ readonly format: ImportFormat; readonly encoding: Encoding }, ImportRejected> => {
  const found = encodingOf(source)
  const format = asked ?? (found === undefined ? undefined : formatOf(found))
  if (format === undefined) {
    return Either.left(fileRejected(source.path, {
      expected: "a name that ends in .ndjson, .jsonl, .json, .csv or .parquet (.gz may follow)",
      actual: "another one",
      hint: "--format events or --format quotes says what it holds"
    }))
  }
  const encoding = found ?? encodings[format][0]
  const accepted: ReadonlyArray<Encoding> = encodings[format]
  if (!accepted.includes(encoding)) {
    return Either.left(fileRejected(source.path, {
      expected: `${accepted.map((each) => called[each]).join(" or ")}, since the format is ${format}`,
      actual: `a file of ${called[encoding]}`,
      hint: `${called[encoding]} holds ${formatOf(encoding)}: --format ${formatOf(encoding)} or none`
    }))
  }
  return encoding === "parquet" && source.isGzip
    ? Either.left(fileRejected(source.path, {
      expected: "Parquet as it is",
      actual: "Parquet inside gzip",
      hint: "unpack it first: Parquet is compressed inside"
    }))
    : Either.right({ format, encoding })
}
