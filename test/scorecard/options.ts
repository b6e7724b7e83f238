import { Either, Schema } from "effect"
import { parseArgs } from "node:util"

export const usage =
  `usage: npm run scorecard -- [--nightly] [--only NAME]... [--seed N] [--rounds N] [--soak-minutes N] [--json]

  --nightly       about 20 times as much, and a soak of one hour
  --only          this campaign, and others that are named so; all where none is named
  --seed          of the first round of each campaign; each further round has the next
  --rounds        so many of each campaign: a failure is run again as one round from its own seed
  --soak-minutes  how long the soak takes: 0.5, or 60 with --nightly
  --json          one document on stdout instead of the table`

/** The seed that is used where none is given. */
const publishedSeed = "20261122"

const Options = Schema.Struct({
  nightly: Schema.Boolean,
  only: Schema.Array(Schema.String),
  seed: Schema.NumberFromString.pipe(Schema.int(), Schema.between(0, 2 ** 31)),
  rounds: Schema.UndefinedOr(Schema.NumberFromString.pipe(Schema.int(), Schema.positive())),
  "soak-minutes": Schema.UndefinedOr(Schema.NumberFromString.pipe(Schema.between(0.1, 6_000))),
  json: Schema.Boolean,
  /** the process runs the rounds of its one campaign, and tells of each on stdout */
  apart: Schema.Boolean
})
export type Options = typeof Options.Type

export const parse = (args: ReadonlyArray<string>) =>
  Either.try(() =>
    parseArgs({
      args: [...args],
      options: {
        nightly: { type: "boolean", default: false },
        only: { type: "string", multiple: true, default: [] },
        seed: { type: "string", default: publishedSeed },
        rounds: { type: "string" },
        "soak-minutes": { type: "string" },
        json: { type: "boolean", default: false },
        apart: { type: "boolean", default: false }
      }
    }).values
  ).pipe(Either.flatMap((values) => Schema.decodeUnknownEither(Options)({ ...absent, ...values })))

const absent = { rounds: undefined, "soak-minutes": undefined }
