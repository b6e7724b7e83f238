import * as Command from "@effect/cli/Command"
import { Effect } from "effect"
import { driftOptions } from "../../audit/driftOptions.js"

export const drift = Command.make(
  "drift",
  driftOptions,
  (given) => Effect.flatMap(Effect.promise(() => import("../../audit/drift.js")), (loaded) => loaded.drift(given))
).pipe(
  Command.withDescription(
    "Compare how features are distributed over a period with how they were in a dataset; exit 1 if they moved."
  )
)
