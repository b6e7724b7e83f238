import * as HelpDoc from "@effect/cli/HelpDoc"
import type { ValidationError } from "@effect/cli/ValidationError"
import { Cause } from "effect"
import { stripVTControlCharacters } from "node:util"
import type { HindsightRefused } from "../backtest/HindsightRefused.js"
import type { ConfigRejected } from "../config/ConfigRejected.js"
import type { DatasetRefused } from "../dataset/DatasetRefused.js"
import type { RegistryRejected } from "../features/FeatureRegistry.js"
import type { UnknownReference } from "../features/reference.js"
import type { ImportRejected } from "../importer/ImportRejected.js"
import type { SourceFailure } from "../importer/SourceFailure.js"
import type { MarketNotFound } from "../live/Catalogue.js"
import type { WorkerFailure } from "../parallel/WorkerFailure.js"
import type { VenueFailure } from "../polymarket/VenueFailure.js"
import type { ListenFailed, UnprotectedAddress } from "../server/listen.js"
import type { RegistryConflict } from "../store/registerGroups.js"
import type { StorageFailure } from "../store/StorageFailure.js"
import type { RecordingRejected } from "../strategy/llm/recording.js"
import type { Colors } from "./terminal/Output.js"
import type { Concluded, UsageRefused } from "./UsageRefused.js"

/** What users' scripts branch on. */
export const exitCodes = {
  fine: 0,
  finding: 1,
  usage: 2,
  rejectedInput: 3,
  storage: 4,
  interrupted: 130
} as const

/** Every failure that a command ends with on purpose. */
export type CliFailure =
  | Concluded
  | ConfigRejected
  | HindsightRefused
  | DatasetRefused
  | ImportRejected
  | ListenFailed
  | MarketNotFound
  | RecordingRejected
  | RegistryConflict
  | RegistryRejected
  | SourceFailure
  | StorageFailure
  | UnknownReference
  | UnprotectedAddress
  | UsageRefused
  | VenueFailure
  | WorkerFailure
  | ValidationError

interface Ending {
  readonly exitCode: number
  /** what is said on stderr: the problem, and on further lines what to do; nothing where all has been said */
  readonly message: string | undefined
}

const ending = (exitCode: number, message: string, hint?: string): Ending => ({
  exitCode,
  message: hint === undefined ? message : `${message}\n${hint}`
})

/** What the parser says, without its colours, and as a sentence about what was typed. */
const plainText = (error: HelpDoc.HelpDoc): string =>
  stripVTControlCharacters(HelpDoc.toAnsiText(error)).trim().split(/\n\s*/u)
    .map((line) =>
      line.replace(/^Expected to find option: '(.*)'$/u, "$1 is missing")
        .replace(/^Missing argument <(.*)>$/u, "$1 is missing")
        .replace(/^Received unknown argument: '(.*)'$/u, (_, word: string) =>
          `unexpected argument ${JSON.stringify(word)}`)
    )
    .join(", ")

/** Exit code and message of a failure. `command` is the command line's program and command, for hints. */
const endingOf = (failure: CliFailure, command: string): Ending => {
  switch (failure._tag) {
    case "Concluded":
      return { exitCode: failure.exitCode, message: undefined }
    case "ConfigRejected":
    case "DatasetRefused":
    case "RegistryConflict":
    case "UsageRefused":
      return ending(exitCodes.usage, failure.message)
    case "HindsightRefused":
      return ending(exitCodes.usage, failure.message, "--allow-hindsight runs it all the same, and marks the report")
    case "RegistryRejected":
      return ending(exitCodes.usage, failure.message, "check this group's section in the configuration")
    case "UnknownReference":
      return ending(exitCodes.usage, failure.message, "`feature-store registry list` shows every group")
    case "RecordingRejected":
      return ending(exitCodes.rejectedInput, failure.message, "remove the line, or name another file: --recording FILE")
    case "ImportRejected":
      return ending(exitCodes.rejectedInput, failure.message)
    case "MarketNotFound":
      return ending(
        exitCodes.usage,
        `--market: the venue has no binary market ${JSON.stringify(failure.id)}`,
        "a condition id (0x...), a slug, a token id or Gamma's number names a market; --text TEXT searches for one"
      )
    case "UnprotectedAddress":
      return ending(
        exitCodes.usage,
        failure.message,
        "set FEATURE_STORE_SERVER_TOKEN, and FEATURE_STORE_SERVER_READ_TOKEN for those who only read, in the environment"
      )
    case "ListenFailed":
    case "SourceFailure":
    case "StorageFailure":
    case "VenueFailure":
    case "WorkerFailure":
      return ending(exitCodes.storage, failure.message)
    default:
      return ending(exitCodes.usage, plainText(failure.error), `${command} --help shows how it is used`)
  }
}

/** The first line of what went wrong where nothing should have: never a stack. */
const summaryOf = (defect: unknown): string => {
  const text = defect instanceof Error ? `${defect.name}: ${defect.message}` : String(defect)
  return (text.split("\n")[0] ?? text).slice(0, 300)
}

/** How a command ended that did not succeed. */
export const endingOfCause = (cause: Cause.Cause<CliFailure>, command: string, debug: boolean): Ending => {
  if (Cause.isInterruptedOnly(cause)) return { exitCode: exitCodes.interrupted, message: "interrupted" }
  const failure = Cause.failureOption(cause)
  const defect = Cause.dieOption(cause)
  const plain = failure._tag === "Some"
    ? endingOf(failure.value, command)
    : ending(
      exitCodes.storage,
      `unexpected failure: ${defect._tag === "Some" ? summaryOf(defect.value) : "no cause is known"}`,
      debug ? "please report this, with the lines below" : "please report this, with what --debug adds"
    )
  return plain.message === undefined || !debug
    ? plain
    : { ...plain, message: `${plain.message}\n\n${Cause.pretty(cause, { renderErrorCause: true })}` }
}

/** `error: ...`, further lines below it. */
export const showEnding = (message: string, { bold, red }: Pick<Colors, "bold" | "red">): string =>
  `${bold(red("error:"))} ${message.split("\n").join("\n  ")}`
