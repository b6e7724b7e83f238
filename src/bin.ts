import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Cause, Effect, Exit } from "effect"
import { exitCodes } from "./cli/failures.js"
import { run } from "./cli/main.js"

const { argv, env, stderr, stdout } = process

// A reader that closes a pipe early (`| head`) is no failure: writes learn of it by themselves
for (const stream of [stdout, stderr]) stream.on("error", () => undefined)

let interrupted: number = exitCodes.interrupted
const main = run(argv.slice(2), env, { stdout, stderr }, () => {
  interrupted = exitCodes.fine
})

NodeRuntime.runMain(Effect.provide(main, NodeContext.layer), {
  disableErrorReporting: true,
  disablePrettyLogger: true,
  teardown: (exit, onExit) =>
    onExit(Exit.match(exit, {
      onSuccess: (exitCode) => typeof exitCode === "number" ? exitCode : exitCodes.fine,
      onFailure: (cause) => Cause.isInterruptedOnly(cause) ? interrupted : exitCodes.storage
    }))
})
