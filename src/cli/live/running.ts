import { Effect, Option } from "effect"
import { optionalText } from "../options.js"
import { durationOf, integerOf } from "../values.js"

/** How long a live command runs, and where it can be looked at meanwhile. */
export const runningOptions = (served: string) => ({
  duration: optionalText("duration", "D", "stop after this long: 30s, 5m, 1h (default: on Ctrl-C or SIGTERM)"),
  port: optionalText("port", "PORT", `serve ${served} on this port of the configured host; 0 takes any free one`)
})

interface Given {
  readonly duration: Option.Option<string>
  readonly port: Option.Option<string>
}

/** Reads these options: when to stop, and the port, if there shall be one. */
export const runningOf = ({ duration, port }: Given) =>
  Effect.all({
    until: Option.match(duration, {
      onNone: () => Effect.succeed(Effect.never),
      onSome: (text) => Effect.map(durationOf("--duration", text), (millis) => Effect.sleep(millis))
    }),
    port: Effect.map(
      Effect.transposeMapOption(port, (text) => integerOf("--port", text, 0, 65_535)),
      Option.getOrUndefined
    )
  })
