import * as Command from "@effect/cli/Command"
import { Effect } from "effect"
import { flag, globals, optionalText } from "../options.js"

export const serve = Command.make(
  "serve",
  {
    host: optionalText("host", "ADDRESS", "listen here; anything but loopback needs a token (default: 127.0.0.1)"),
    port: optionalText("port", "PORT", "listen on this port; 0 takes any free one (default: 8787)"),
    accessLog: flag("access-log", "write one JSON line a request to stderr"),
    ...globals
  },
  (given) => Effect.flatMap(Effect.promise(() => import("../serve/serve.js")), (loaded) => loaded.serve(given))
).pipe(
  Command.withDescription("Serve features over HTTP: Feast's protocol, vectors as of any instant, streams, metrics.")
)
