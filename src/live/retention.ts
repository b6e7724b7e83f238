import { Clock, Effect } from "effect"
import { Instant } from "../domain/Instant.js"
import { LogMaintenance } from "../store/LogMaintenance.js"
import type { LiveSettings } from "./settings.js"

const day = 86_400_000
const every = "1 hours"

/**
 * Keeps the log small beside a recorder, as long as the scope lasts, where a retention is set: once an hour what is older
 * goes, but for what answers from then on need. `historyMillis`: the longest window of a feature.
 */
export const keepLogSmall = ({ retentionDays }: LiveSettings, historyMillis: number) =>
  Effect.gen(function*() {
    if (retentionDays === undefined) return
    const { compact } = yield* LogMaintenance
    const once = Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const dropBefore = Instant(Math.floor(now - retentionDays * day))
      return compact({ dropBefore, historyMillis, shrink: false })
    })
    yield* once.pipe(
      Effect.catchAll((failure) =>
        Effect.logWarning("the log could not be compacted; trying again later").pipe(
          Effect.annotateLogs("failure", failure.message)
        )
      ),
      Effect.delay(every),
      Effect.forever,
      Effect.forkScoped
    )
  })
