import { Effect } from "effect"
import { join } from "node:path"
import { highest, ingestProblems, runAndKill } from "../support/crash/killing.js"
import { folder } from "../support/storages.js"
import { type Campaign, noting, rounds } from "./Campaign.js"
import { child } from "./child.js"

/** Kills of one database, one after the other. */
const kills = 4

/** Each round a database of its own, by turns with a log that always puts its tail together. */
export const killIngest: Campaign = {
  name: "kill-ingest",
  what: "kill -9 while batches are published live; all that was acknowledged, no half batch",
  rounds: rounds(6),
  meets: ["acknowledged events"],
  prepare: Effect.succeed(noting((notes, draw, seed) =>
    Effect.gen(function*() {
      const path = join(yield* folder, "features.db")
      let acknowledged = 0
      for (let kill = 0; kill < kills; kill++) {
        const outcome = yield* runAndKill(child, seed % 2 === 0 ? "ingest" : "restless", path, draw.random() * 250)
        notes.tried++
        notes.demand(outcome.killed, () => "the process ended by itself")
        acknowledged = Math.max(acknowledged, highest(outcome.lines))
        notes.found(...(yield* ingestProblems(path, acknowledged)))
      }
      notes.meet("acknowledged events", acknowledged)
    })
  ))
}
