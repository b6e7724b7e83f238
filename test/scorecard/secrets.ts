import { Clock, Context, Effect, Layer } from "effect"
import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { folder } from "../support/storages.js"
import { LoopbackVenue, loopbackVenue } from "../support/venue/loopback.js"
import { type Campaign, noting, rounds } from "./Campaign.js"
import { leaks, type Place, type Said, secretsOf, shownIn } from "./secrets/canaries.js"
import { commandsOf, filesFor } from "./secrets/commands.js"
import { echoing } from "./secrets/echoing.js"
import { running } from "./secrets/running.js"

/** Secrets that have to be sent to the host, or they were in no danger. */
const sent: ReadonlyArray<Place> = [
  "FEATURE_STORE_WEBHOOK_TOKEN",
  "FEATURE_STORE_LLM_API_KEY",
  "OPENAI_API_KEY",
  "OPENROUTER_API_KEY",
  "webhook query",
  "feed query",
  "venue password"
]

const venueOf = (start: number) =>
  loopbackVenue({
    plan: { seed: 1, markets: 5, start, rate: 60, newcomers: 0, closing: 0 },
    port: 0,
    faults: []
  })

/** All files of the folder but the configurations, which were given the secrets to keep. */
const written = (folder: string): Said =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile() && !entry.name.endsWith(".toml")
  ).map((entry): Said[number] => [`file ${entry.name}`, readFileSync(join(entry.parentPath, entry.name), "latin1")])

const answersOf = (said: Said, status: number) => said.filter(([where]) => where.startsWith(`answer ${status} `)).length

export const secrets: Campaign = {
  name: "secrets",
  what: "tokens, keys and URLs with canaries, right and wrong, all with --debug; in no output, file, metric or answer",
  rounds: rounds(1),
  meets: ["commands", "secrets sent", "requests let in", "requests refused", "files"],
  prepare: Effect.succeed(noting((notes, draw) =>
    Effect.gen(function*() {
      const place = yield* folder
      const planted = secretsOf(draw)
      const host = yield* echoing
      const { authority } = yield* Effect.map(
        Layer.build(venueOf(yield* Clock.currentTimeMillis)),
        Context.get(LoopbackVenue)
      )
      for (const [name, text] of Object.entries(filesFor(planted, host.port))) writeFileSync(join(place, name), text)
      const said: Said = []
      for (const command of commandsOf(planted, host, authority)) {
        yield* running(place, said, command)
        notes.meet("commands")
        notes.tried++
      }
      const files = written(place)
      said.push(...files)
      const seen = new Set(host.asked.flatMap((question) => shownIn(question, planted)))
      for (const one of sent) notes.demand(seen.has(one), () => `was never sent, and so in no danger: ${one}`)
      notes.meet("secrets sent", seen.size)
      notes.meet("requests let in", answersOf(said, 200))
      notes.meet("requests refused", answersOf(said, 401))
      notes.meet("files", files.length)
      notes.meet("bytes searched", said.reduce((sum, [, text]) => sum + text.length, 0))
      notes.found(...leaks(said, planted))
    })
  ))
}
