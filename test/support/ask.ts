import { Evaluator, registryWith } from "./evaluate.js"
import { numbered } from "./histories.js"
import { defaultParameters, type EventBody, type FeatureName, type NaiveParameters } from "./naive/index.js"
import { replayOf } from "./replayOf.js"

type Untimed<E> = E extends EventBody ? Omit<E, "market" | "available_at"> : never

/** An event of the one market that these questions are about. */
export const on = (available_at: number, body: Untimed<EventBody>): EventBody => ({
  ...body,
  market: "m",
  available_at
})

/** A feature's value, or else the reason for which there is none, as of `at`. */
export const ask = (
  lines: ReadonlyArray<EventBody>,
  name: FeatureName,
  at: number,
  changed: Partial<NaiveParameters> = {}
) => {
  const replay = replayOf(numbered(lines), "m")
  replay.seek(at)
  const evaluator = new Evaluator(replay.state, registryWith({ ...defaultParameters, ...changed }))
  const answer = evaluator.vector(at).get(name)
  return answer?.value ?? answer?.reason
}
