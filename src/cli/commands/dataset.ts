import * as Command from "@effect/cli/Command"
import { Effect } from "effect"
import { buildOptions, describeOptions, splitOptions } from "../dataset/options.js"

// what reads and writes Parquet and Arrow is loaded when it is needed: other commands start faster without it

export const build = Command.make(
  "build",
  buildOptions,
  (given) => Effect.flatMap(Effect.promise(() => import("../dataset/build.js")), (loaded) => loaded.build(given))
).pipe(
  Command.withDescription("The features of every row of a spine, as of its instant: a training set.")
)

export const describe = Command.make(
  "describe",
  describeOptions,
  (given) => Effect.flatMap(Effect.promise(() => import("../dataset/describe.js")), (loaded) => loaded.describe(given))
).pipe(
  Command.withDescription("What a dataset is: features, versions, fingerprints, and what is null for which reason.")
)

export const split = Command.make(
  "split",
  splitOptions,
  (given) => Effect.flatMap(Effect.promise(() => import("../dataset/split.js")), (loaded) => loaded.split(given))
).pipe(
  Command.withDescription("Cut a dataset by time into parts for training and testing.")
)

const group = Command.make("dataset").pipe(Command.withDescription("Training sets: build, describe and split them."))

/** The group by itself, and with its commands. */
export const dataset = { group, command: Command.withSubcommands(group, [build, describe, split]) }
