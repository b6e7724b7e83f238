import type { Effect } from "effect"
import type { Outcome } from "./compare.js"
import { features } from "./features.js"
import { http, httpServers } from "./http.js"
import { importing } from "./importing.js"
import { live } from "./live.js"
import { online } from "./online.js"
import { join } from "./join.js"

/** A part of the report, measured in a process of its own; it is given a folder that is removed afterwards. */
export type Part = (folder: string) => Effect.Effect<ReadonlyArray<Outcome>, unknown>

/** In the order of the report. */
export const parts: ReadonlyMap<string, Part> = new Map<string, Part>([
  ["join", join],
  ["features", features],
  ["import", importing],
  ["online", online],
  ["http", http],
  ["live", live]
])

/** What a part starts as processes of their own: they are told a folder, and run until they are killed. */
export const servers: ReadonlyMap<string, (folder: string) => Effect.Effect<void, unknown>> = httpServers
