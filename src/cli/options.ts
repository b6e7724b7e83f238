import * as Options from "@effect/cli/Options"
import type { Option } from "effect"

/** An optional text option, shown as `--name PLACEHOLDER`. */
export const optionalText = (name: string, placeholder: string, description: string) =>
  Options.text(name).pipe(
    Options.withPseudoName(placeholder),
    Options.withDescription(description),
    Options.optional
  )

/** A text option that must be given. */
export const requiredText = (name: string, placeholder: string, description: string) =>
  Options.text(name).pipe(Options.withPseudoName(placeholder), Options.withDescription(description))

export const flag = (name: string, description: string) =>
  Options.boolean(name).pipe(Options.withDescription(description))

/** How every command reports. Both are read before a command is run. */
export const reporting = {
  json: flag("json", "print one JSON document on stdout, and nothing else there"),
  debug: flag("debug", "add causes and stack traces to error messages")
}

/** The options of every command that is configured. */
export const globals = {
  config: optionalText(
    "config",
    "PATH",
    "the configuration (default: FEATURE_STORE_CONFIG, else config/feature_store.toml)"
  ),
  db: optionalText("db", "PATH", "the database file, in place of the configured db_path"),
  ...reporting
}

export interface Globals {
  readonly config: Option.Option<string>
  readonly db: Option.Option<string>
}

/** `--features`, comma-separated and repeatable. */
export const features = Options.text("features").pipe(
  Options.withPseudoName("REFS"),
  Options.withDescription(
    "group, group.feature, group@version[.feature] or a bare name; comma-separated, repeatable (default: all)"
  ),
  Options.repeated
)

export const markets = optionalText("markets", "GLOB", "only markets whose id matches, such as \"tc-temp-*\"")
export const from = optionalText("from", "TIME", "from this instant on, inclusive")
export const to = optionalText("to", "TIME", "up to this instant, inclusive")
