import { Effect } from "effect"
import { backtest } from "./backtest.js"
import type { Outcome } from "./compare.js"
import { dataset } from "./dataset.js"
import { features } from "./features.js"
import { growth } from "./growth.js"
import { http } from "./http.js"
import { importing } from "./importing.js"
import { join } from "./join.js"
import { knowledgeJoin } from "./knowledgeJoin.js"
import { live } from "./live.js"
import { online } from "./online.js"
import { replay } from "./replay.js"
import { workers } from "./workers.js"

/** A part of the report, measured in a process of its own; it is given a folder that is removed afterwards. */
export type Part = (folder: string) => Effect.Effect<ReadonlyArray<Outcome>>

/** A failure ends the process, which says why. */
const fatal = <E>(part: (folder: string) => Effect.Effect<ReadonlyArray<Outcome>, E>): Part => (folder) =>
  Effect.orDie(part(folder))

/** In the order of the report. */
export const parts: ReadonlyMap<string, Part> = new Map<string, Part>([
  ["join", fatal((folder) => Effect.all([join(folder), knowledgeJoin(folder)]))],
  ["features", fatal(features)],
  ["import", fatal(importing)],
  ["online", fatal(online)],
  ["http", fatal(http)],
  ["live", fatal(live)],
  ["replay", fatal(replay)],
  ["dataset", fatal(dataset)],
  ["backtest", fatal(backtest)],
  ["growth", fatal(growth)],
  ["workers", fatal(workers)]
])
