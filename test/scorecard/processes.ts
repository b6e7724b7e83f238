import { Effect, Either } from "effect"
import { join } from "node:path"
import { brokenBatches, contentsOf, damage, missingPositions, runAndKill } from "../support/crash/killing.js"
import { importing } from "../support/crash/workload.js"
import { folder, sqliteStorage } from "../support/storages.js"
import { type Campaign, noting, rounds } from "./Campaign.js"
import { child } from "./child.js"

const inTheWay = "another process is writing to this database"

export const processes: Campaign = {
  name: "processes",
  what: "two writers, two readers and an import on one database; a writer waits or is told why, readers never fail",
  rounds: rounds(3),
  meets: ["batches acknowledged", "answers", "imports"],
  prepare: Effect.succeed(noting((notes, draw) =>
    Effect.gen(function*() {
      const path = join(yield* folder, "features.db")
      const millis = draw.within(1_500, 3_000)
      const [one, two, three, four, imported] = yield* Effect.all([
        runAndKill(child, "share", path, millis),
        runAndKill(child, "share", path, millis),
        runAndKill(child, "ask", path, millis),
        runAndKill(child, "ask", path, millis),
        Effect.delay(Effect.either(Effect.provide(importing, sqliteStorage(path))), draw.within(0, 1_500))
      ], { concurrency: "unbounded" })
      const writers = [...one.lines, ...two.lines]
      const readers = [...three.lines, ...four.lines]
      notes.tried += writers.length + readers.length + 1
      const contents = yield* contentsOf(path)
      const sources = new Set(contents.columns.flatMap(({ source }) => source))
      for (const line of writers) {
        if (line.startsWith("batch")) notes.demand(sources.has(line), () => `${line} was acknowledged and is not there`)
        else if (line.startsWith("refused")) {
          notes.meet("writes refused")
          notes.demand(line.includes(inTheWay), () => line)
        }
      }
      notes.meet("batches acknowledged", writers.filter((line) => line.startsWith("batch")).length)
      notes.meet("answers", readers.filter((line) => line.startsWith("answered")).length)
      notes.found(...readers.filter((line) => line.startsWith("failed")))
      if (Either.isRight(imported)) notes.meet("imports")
      else notes.demand(imported.left.message.includes(inTheWay), () => `import: ${imported.left.message}`)
      notes.found(...(yield* damage(path)), ...missingPositions(contents), ...brokenBatches(contents))
    })
  ))
}
