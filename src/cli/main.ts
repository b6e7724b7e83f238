import * as CliConfig from "@effect/cli/CliConfig"
import * as Command from "@effect/cli/Command"
import { Console, Effect, Exit, Layer, Logger, LogLevel, Option } from "effect"
import type { Environment } from "../config/overrides.js"
import { ProcessEnvironment } from "./application.js"
import { hasFlag, readArguments, type Request } from "./arguments.js"
import { Ending } from "./Ending.js"
import { endingOfCause, exitCodes, showEnding } from "./failures.js"
import { renderHelp } from "./help.js"
import { packageInfo } from "./packageInfo.js"
import { program, root, tree } from "./root.js"
import { makeOutput, Output, type Streams } from "./terminal/Output.js"

/** What the parser prints goes to our streams; its complaints are said once, as the command's ending. */
const withOurConsole = ({ print }: Output["Type"]) => <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.consoleWith((console) =>
    Effect.withConsole(effect, {
      ...console,
      [Console.TypeId]: Console.TypeId,
      log: (text: unknown) => print(String(text)),
      error: () => Effect.void
    })
  )

/** Log lines are remarks: they go to stderr, in one line each. */
const noteLogger = ({ noteColors }: Output["Type"], stderr: NodeJS.WriteStream) =>
  Logger.replace(
    Logger.defaultLogger,
    Logger.make(({ annotations, logLevel, message }) => {
      const details = [...annotations].map(([key, value]) => ` ${key}=${String(value)}`).join("")
      const text = Array.isArray(message) ? message.map(String).join(" ") : String(message)
      if (stderr.writable) stderr.write(`${noteColors.dim(`${logLevel.label.toLowerCase()}: ${text}${details}`)}\n`)
    })
  )

const carryOut = (request: Request, output: Output["Type"]) =>
  Effect.gen(function*() {
    if (request.kind === "help") return yield* output.print(renderHelp(request.command, request.path, output.colors))
    const version = Option.match(yield* packageInfo, { onNone: () => "unknown", onSome: (info) => info.version })
    if (request.kind === "version") return yield* output.print(version)
    yield* Command.run(root, { name: program, version })(["", "", ...request.arguments]).pipe(withOurConsole(output))
  })

/**
 * Runs one command line. Succeeds with the exit code, whatever happens; everything that is said has been written. A service
 * that a signal has ended as it should calls `onGraceful`.
 */
export const run = (
  argv: ReadonlyArray<string>,
  environment: Environment,
  streams: Streams,
  onGraceful: () => void
) => {
  const output = makeOutput(streams, environment, hasFlag(argv, "--json"))
  const debug = hasFlag(argv, "--debug") || !["", "0", undefined].includes(environment.FEATURE_STORE_DEBUG)
  return Effect.gen(function*() {
    const request = readArguments(tree, argv)
    const path = request._tag === "Right" && request.right.kind === "run" ? request.right.path : [program]
    const exit = yield* Effect.exit(Effect.flatMap(request, (wanted) => carryOut(wanted, output)))
    if (Exit.isSuccess(exit)) return exitCodes.fine
    const { exitCode, message } = endingOfCause(exit.cause, path.join(" "), debug)
    if (message !== undefined) yield* output.note(showEnding(message, output.noteColors))
    return exitCode
  }).pipe(
    Effect.provide(Layer.mergeAll(
      Layer.succeed(Output, output),
      Layer.succeed(ProcessEnvironment, environment),
      Layer.succeed(Ending, { graceful: Effect.sync(onGraceful) }),
      CliConfig.layer({ isCaseSensitive: true }),
      noteLogger(output, streams.stderr),
      Logger.minimumLogLevel(debug ? LogLevel.Debug : LogLevel.Warning)
    ))
  )
}
