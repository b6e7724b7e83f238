import type * as FileSystem from "@effect/platform/FileSystem"
import { Effect, Stream } from "effect"
import type { ImportRejected } from "../../importer/ImportRejected.js"
import { type Block, LineBlocks } from "../../importer/LineBlocks.js"
import type { SourceFailure } from "../../importer/SourceFailure.js"
import { contentOf, type SourceFile } from "../../importer/SourceFile.js"
import { rejected } from "../rejected.js"

/** The lines of a text file block by block; a line that is no text ends it. */
export const blocksOfText = (
  source: SourceFile,
  hint: string
): Stream.Stream<Block, ImportRejected | SourceFailure, FileSystem.FileSystem> =>
  Stream.suspend(() => {
    const lines = new LineBlocks()
    return contentOf(source).pipe(
      Stream.mapConcat((bytes) => lines.push(bytes)),
      Stream.concat(Stream.suspend(() => Stream.fromIterable(lines.finish()))),
      Stream.mapEffect((block) => {
        const [first] = block.refused
        if (first === undefined) return Effect.succeed(block)
        const { line, problem: { actual, expected, field } } = first
        return rejected(source.path, { line, field, expected, actual, hint })
      })
    )
  })
