import { Effect, Either, Option } from "effect"
import { type PartFile, splitDataset, type SplitReport, type SplitRequest } from "../../dataset/splitDataset.js"
import { formatInstant, Instant } from "../../domain/Instant.js"
import { present } from "../terminal/Output.js"
import { counted, visible } from "../terminal/text.js"
import { UsageRefused } from "../UsageRefused.js"
import { durationOf, instantOf } from "../values.js"
import type { SplitGiven } from "./options.js"
import { outputFormat } from "./outputFormat.js"

const refuse = (problem: string, hint: string) => Either.left(new UsageRefused({ problem, hint }))

const fractionsOf = (text: string): Either.Either<ReadonlyArray<number>, UsageRefused> => {
  const fractions = text.split(",").map(Number)
  const sum = fractions.reduce((total, fraction) => total + fraction, 0)
  return (fractions.length === 2 || fractions.length === 3) && fractions.every((one) => one > 0) &&
      Math.abs(sum - 1) < 1e-9
    ? Either.right(fractions)
    : refuse(
      "--fractions: expected two or three shares above 0 that make 1",
      "for example 0.8,0.2 or 0.7,0.15,0.15"
    )
}

const cutOf = ({ at, fractions }: SplitGiven): Either.Either<SplitRequest["by"], UsageRefused> =>
  Either.gen(function*() {
    if (Option.isSome(at) === Option.isSome(fractions)) {
      return yield* refuse("expected either --at or --fractions", "for example --at 2026-07-20T00:00:00Z --embargo 1d")
    }
    if (Option.isSome(at)) return { kind: "cuts" as const, cuts: [yield* instantOf("--at", at.value)] }
    const shares = yield* fractionsOf(Option.getOrElse(fractions, () => ""))
    return { kind: "fractions" as const, fractions: shares }
  })

/** `data/set.parquet` as `data/set.train.parquet` */
const besides = (file: string, part: string): string => file.replace(/(\.[^./\\]+)$/u, `.${part}$1`)

const partsOf = (given: SplitGiven, by: SplitRequest["by"]): Either.Either<ReadonlyArray<PartFile>, UsageRefused> =>
  Either.gen(function*() {
    const isThree = by.kind === "fractions" && by.fractions.length === 3
    if (!isThree && Option.isSome(given.validation)) {
      return yield* refuse("--validation goes with three fractions", "for example --fractions 0.7,0.15,0.15")
    }
    const names = isThree ? ["train", "validation", "test"] as const : ["train", "test"] as const
    const parts: Array<PartFile> = []
    for (const name of names) {
      const file = Option.getOrElse(given[name], () => besides(given.file, name))
      parts.push({ name, file, format: yield* outputFormat(`--${name}`, file) })
    }
    const files = [given.file, ...parts.map(({ file }) => file)]
    if (new Set(files).size < files.length) {
      return yield* refuse("two of the files are one", "give every part a file of its own, other than FILE")
    }
    return parts
  })

const render = ({ cuts, embargoed, parts, rows }: SplitReport): string =>
  [
    `${counted(rows, "row")} cut at ${cuts.map((cut) => formatInstant(Instant(cut))).join(" and ")}`,
    ...parts.map(({ file, manifest, name }) => `  ${name}: ${counted(manifest.rows, "row")} in ${visible(file)}`),
    `  embargoed: ${counted(embargoed, "row")} in no part`
  ].join("\n")

const documentOf = (file: string, { cuts, embargoed, parent, parts, rows }: SplitReport) => ({
  file,
  parent,
  rows,
  cuts,
  parts: parts.map(({ file: out, manifest, name }) => ({ name, file: out, id: manifest.id, rows: manifest.rows })),
  embargoed
})

/** Splits a dataset as the command line asks for it. */
export const split = (given: SplitGiven) =>
  Effect.gen(function*() {
    const by = yield* cutOf(given)
    const embargoMillis = Option.isNone(given.embargo) ? 0 : yield* durationOf("--embargo", given.embargo.value)
    const parts = yield* partsOf(given, by)
    const report = yield* splitDataset({
      file: given.file,
      by,
      embargoMillis,
      parts,
      overwrite: given.overwrite
    })
    yield* present(documentOf(given.file, report), () => render(report))
  })
