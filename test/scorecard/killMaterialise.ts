import { Effect } from "effect"
import { copyFileSync } from "node:fs"
import { join } from "node:path"
import { isDeepStrictEqual } from "node:util"
import { FeatureRepository, type MaterialisedChunk } from "../../src/store/FeatureRepository.js"
import { damage, highest, runAndKill } from "../support/crash/killing.js"
import { grid, importing, marketNames, materialising } from "../support/crash/workload.js"
import { standardRegistry } from "../support/evaluate.js"
import { folder, sqliteStorage } from "../support/storages.js"
import { type Campaign, noting, rounds } from "./Campaign.js"
import { child } from "./child.js"

type Stored = ReadonlyMap<string, ReadonlyArray<MaterialisedChunk>>

/** All that is materialised, by market and group; without what is not there. */
const materialised = (path: string) =>
  Effect.gen(function*() {
    const repository = yield* FeatureRepository
    // a process may die before it has registered what it is about to store
    const registered = new Set((yield* repository.registered).map(({ name, version }) => `${name}@${version}`))
    const all = new Map<string, ReadonlyArray<MaterialisedChunk>>()
    for (const group of standardRegistry.computed.filter(({ id }) => registered.has(id))) {
      for (const market of marketNames) {
        const chunks = yield* repository.readMaterialised(group, market, grid.from, grid.to)
        if (chunks.length > 0) all.set(`${market} ${group.id}`, chunks)
      }
    }
    const stored: Stored = all
    return stored
  }).pipe(Effect.provide(sqliteStorage(path)))

/** What is stored and should not be, or differs. */
const wrong = (stored: Stored, expected: Stored) =>
  [...stored].filter(([key, chunks]) => !isDeepStrictEqual(chunks, expected.get(key))).map(([key]) => `${key} is wrong`)

/** What is not stored of the markets that were said to be done. */
const lost = (stored: Stored, markets: number) =>
  marketNames.slice(0, markets).flatMap((market) =>
    standardRegistry.computed.map(({ id }) => `${market} ${id}`).filter((key) => !stored.has(key))
  ).map((key) => `${key} was acknowledged and is not there`)

/** The most times that markets are acknowledged before a process is killed: at least once more they would be. */
const acknowledgements = 3

export const killMaterialise: Campaign = {
  name: "kill-materialise",
  what:
    "kill -9 while vectors are materialised; what is stored is right, what was acknowledged is there, the rest follows",
  rounds: rounds(4),
  meets: ["amid the work", "markets acknowledged"],
  prepare: Effect.gen(function*() {
    const base = yield* folder
    const [before, done] = [join(base, "before.db"), join(base, "done.db")]
    yield* Effect.provide(importing, sqliteStorage(before))
    copyFileSync(before, done)
    const finish = (path: string) => Effect.provide(materialising(() => Effect.void), sqliteStorage(path))
    const start = performance.now()
    yield* finish(done)
    const usual = performance.now() - start
    const expected = yield* materialised(done)
    return noting((notes, draw) =>
      Effect.gen(function*() {
        const path = join(yield* folder, "features.db")
        copyFileSync(before, path)
        const { lines } = yield* runAndKill(
          child,
          "materialise",
          path,
          draw.random() * usual / (acknowledgements + 2),
          1 + draw.below(acknowledgements + 1)
        )
        const acknowledged = highest(lines)
        notes.tried++
        notes.found(...(yield* damage(path)))
        const stored = yield* materialised(path)
        notes.found(...wrong(stored, expected), ...lost(stored, acknowledged))
        notes.meet("markets acknowledged", acknowledged)
        if (!lines.includes("done")) notes.meet("amid the work")
        yield* finish(path)
        notes.demand(isDeepStrictEqual(yield* materialised(path), expected), () =>
          "continued, it is not what it should be")
      })
    )
  }).pipe(Effect.orDie)
}
