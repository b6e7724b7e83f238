import { Effect, FastCheck as fc } from "effect"
import { auditLookahead } from "../../src/audit/lookahead.js"
import { logOf, own, registryBeside } from "../support/audited.js"
import { ReadsHonestly, ReadsNewest } from "../support/cheats.js"
import { histories } from "../support/histories.js"
import { type Campaign, noting, rounds } from "./Campaign.js"

const honest = registryBeside(ReadsHonestly)
const cheating = registryBeside(ReadsNewest)

export const lookAhead: Campaign = {
  name: "look-ahead",
  what:
    "histories whose future is cut, changed and made strange; no answer at any instant moves, and a cheat is caught",
  rounds: rounds(8),
  meets: ["answers compared", "cheats caught"],
  prepare: Effect.succeed(
    noting((notes, _, seed) =>
      Effect.forEach(fc.sample(histories, { seed, numRuns: 6 }), (lines) =>
        Effect.gen(function*() {
          const { comparisons, findings, samples } = yield* auditLookahead(honest, own, { samples: 6, seed })
          notes.tried += samples
          notes.meet("answers compared", comparisons)
          notes.found(...findings.map((finding) => JSON.stringify(finding)))
          const caught = yield* auditLookahead(cheating, own, { samples: 2, seed, features: ["reads_newest"] })
          if (caught.findings.length > 0) notes.meet("cheats caught")
        }).pipe(Effect.provide(logOf(lines))), { discard: true })
    )
  )
}
