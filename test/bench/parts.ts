import type { Effect } from "effect"
import type { Outcome } from "./compare.js"
import { backtest } from "./backtest.js"
import { dataset } from "./dataset.js"
import { features } from "./features.js"
import { http, httpServers } from "./http.js"
import { importing } from "./importing.js"
import { live } from "./live.js"
import { online } from "./online.js"
import { join } from "./join.js"
import { replay } from "./replay.js"

/** A part of the report, measured in a process of its own; it is given a folder that is removed afterwards. */
export type Part = (folder: string) => Effect.Effect<ReadonlyArray<Outcome>, unknown>

/** In the order of the report. */
export const parts: ReadonlyMap<string, Part> = new Map<string, Part>([
  ["join", join],
  ["features", features],
  ["import", importing],
  ["online", online],
  ["http", http],
  ["live", live],
  ["replay", replay],
  ["dataset", dataset],
  ["backtest", backtest]
])

/** What a part starts as processes of their own: they are told a folder, and run until they are killed. */
export const servers: ReadonlyMap<string, (folder: string) => Effect.Effect<void, unknown>> = httpServers
