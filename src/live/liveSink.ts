import { Effect, Layer } from "effect"
import { SignalSink } from "../strategy/SignalSink.js"
import { PaperAccount } from "./PaperAccount.js"
import type { Lines } from "./signalFile.js"
import { decisionLine } from "./signalLines.js"

/** Where the live app's decisions go: to everyone who takes lines, then to the paper account. */
export const layer = (lines: ReadonlyArray<Lines>) =>
  Layer.effect(
    SignalSink,
    Effect.map(PaperAccount, (account) => ({
      accept: (decision) =>
        Effect.suspend(() => {
          const line = decisionLine(decision)
          return Effect.zipRight(
            Effect.forEach(lines, (write) => write(line), { discard: true }),
            account.submit(decision)
          )
        })
    }))
  )
