import { Effect } from "effect"
import { runCampaign } from "../support/venue/campaign.js"
import { campaignOf } from "../support/venue/sequences.js"
import { type Campaign, noting, rounds } from "./Campaign.js"

export const venueFaults: Campaign = {
  name: "venue-faults",
  what: "recording a venue that drops, delays, repeats, garbles and refuses; nothing false served, gaps told, no leaks",
  rounds: rounds(40),
  meets: ["connections that ended", "gaps", "features present"],
  prepare: Effect.succeed(noting((notes, _, seed) =>
    Effect.gen(function*() {
      const sequence = campaignOf(seed)
      const report = yield* Effect.promise(() => runCampaign(sequence))
      notes.tried += sequence.faults.length
      notes.found(...report.problems)
      notes.meet("connections that ended", report.connections)
      notes.meet("gaps", report.gaps)
      notes.meet("features present", report.present)
      notes.meet("events", report.events)
    })
  ))
}
