import type { HelpDoc } from "@effect/cli/HelpDoc"
import type { Usage } from "@effect/cli/Usage"
import { Either, Option } from "effect"
import { nearest } from "../domain/problems.js"
import { UsageRefused } from "./UsageRefused.js"

/** The commands by name, with the usage of those that do something. */
export interface CommandTree {
  readonly name: string
  readonly usage: Usage
  readonly help: HelpDoc
  readonly children: ReadonlyArray<CommandTree>
}

interface OptionSpec {
  readonly name: string
  readonly takesValue: boolean
  readonly isRepeatable: boolean
}

/** The options that a command's usage shows; the usage is the one place where a command says them in public. */
const optionsOf = (usage: Usage, isRepeatable = false): ReadonlyArray<OptionSpec> => {
  switch (usage._tag) {
    case "Named":
      return usage.names.filter((name) => name.startsWith("-"))
        .map((name) => ({ name, takesValue: Option.isSome(usage.acceptedValues), isRepeatable }))
    case "Optional":
      return optionsOf(usage.usage, isRepeatable)
    case "Repeated":
      return optionsOf(usage.usage, true)
    case "Alternation":
    case "Concat":
      return [...optionsOf(usage.left, isRepeatable), ...optionsOf(usage.right, isRepeatable)]
    case "Empty":
    case "Mixed":
      return []
  }
}

const builtIn: ReadonlyArray<OptionSpec> = [
  { name: "--help", takesValue: false, isRepeatable: true },
  { name: "-h", takesValue: false, isRepeatable: true },
  { name: "--version", takesValue: false, isRepeatable: true },
  { name: "--completions", takesValue: true, isRepeatable: false }
]

/** All options of a command and those below it. */
const allOptions = ({ children, usage }: CommandTree): ReadonlyArray<OptionSpec> => [
  ...optionsOf(usage),
  ...children.flatMap(allOptions)
]

interface Tokens {
  readonly words: ReadonlyArray<string>
  readonly options: ReadonlyArray<{ readonly name: string; readonly value: string | undefined }>
}

const refuse = (problem: string, hint: string) => Either.left(new UsageRefused({ problem, hint }))

/** Tells options, with their values, from words. After `--` everything is a word. */
const tokenise = (
  known: ReadonlyArray<OptionSpec>,
  argv: ReadonlyArray<string>
): Either.Either<Tokens, UsageRefused> => {
  const words: Array<string> = []
  const options: Array<{ name: string; value: string | undefined }> = []
  for (let i = 0; i < argv.length; i++) {
    const token = argv[i] ?? ""
    if (token === "--") {
      words.push(...argv.slice(i + 1))
      break
    }
    if (!token.startsWith("-") || token === "-") {
      words.push(token)
      continue
    }
    const equals = token.startsWith("--") ? token.indexOf("=") : -1
    const name = equals < 0 ? token : token.slice(0, equals)
    const given = equals < 0 ? undefined : token.slice(equals + 1)
    const spec = known.find((candidate) => candidate.name === name)
    if (spec?.takesValue !== true) {
      if (spec !== undefined && given !== undefined) return refuse(`${name} takes no value`, `write ${name} alone`)
      options.push({ name, value: undefined })
      continue
    }
    const value = given ?? argv[++i]
    if (value === undefined || (given === undefined && value.startsWith("--"))) {
      return refuse(`${name} needs a value`, `write ${name} VALUE, or ${name}=VALUE`)
    }
    options.push({ name, value })
  }
  return Either.right({ words, options })
}

interface Found {
  readonly path: ReadonlyArray<string>
  readonly command: CommandTree
  readonly words: ReadonlyArray<string>
}

/** Follows the words to a command as far as there are commands. */
const findCommand = (
  command: CommandTree,
  words: ReadonlyArray<string>,
  path: ReadonlyArray<string>
): Either.Either<Found, UsageRefused> => {
  const { children } = command
  const [word, ...rest] = words
  if (children.length === 0 || word === undefined) return Either.right({ path, command, words })
  const child = children.find(({ name }) => name === word)
  if (child !== undefined) return findCommand(child, rest, [...path, word])
  const names = children.map(({ name }) => name)
  const hint = nearest(word, names)
  return refuse(
    `there is no command ${JSON.stringify([...path, word].join(" "))}${hint === undefined ? "" : `: ${hint}`}`,
    `commands: ${names.join(", ")}`
  )
}

const checkOptions = ({ command, path }: Found, { options }: Tokens) => {
  const known = [...optionsOf(command.usage), ...builtIn]
  const seen = new Set<string>()
  const full = path.join(" ")
  for (const { name } of options) {
    const spec = known.find((candidate) => candidate.name === name)
    if (spec === undefined) {
      const hint = nearest(name, known.map((candidate) => candidate.name))
      return refuse(`${full} has no option ${name}`, hint ?? `${full} --help lists its options`)
    }
    if (seen.has(name) && !spec.isRepeatable) return refuse(`${name} is given more than once`, "leave one of them out")
    seen.add(name)
  }
  return Either.void
}

/** What the arguments ask for. */
export type Request =
  | { readonly kind: "help"; readonly command: CommandTree; readonly path: ReadonlyArray<string> }
  | { readonly kind: "version" }
  | { readonly kind: "run"; readonly path: ReadonlyArray<string>; readonly arguments: ReadonlyArray<string> }

/**
 * Puts the arguments into the one order that the parser of `@effect/cli` reads as meant (command, options, `--`, words),
 * so that options may stand anywhere, and refuses unknown ones by name.
 */
export const readArguments = (
  root: CommandTree,
  argv: ReadonlyArray<string>
): Either.Either<Request, UsageRefused> =>
  Either.gen(function*() {
    const tokens = yield* tokenise([...allOptions(root), ...builtIn], argv)
    const asked = (name: string) => tokens.options.some((option) => option.name === name)
    const found = yield* findCommand(root, tokens.words, [root.name])
    const { command, path, words } = found
    if (asked("--help") || asked("-h")) return { kind: "help" as const, command, path }
    if (asked("--version")) return { kind: "version" as const }
    yield* checkOptions(found, tokens)
    const options = tokens.options.flatMap(({ name, value }) => value === undefined ? [name] : [name, value])
    if (command.children.length > 0 && !asked("--completions")) return { kind: "help" as const, command, path }
    const ordered = [...path.slice(1), ...options, ...(words.length === 0 ? [] : ["--", ...words])]
    return { kind: "run" as const, path, arguments: ordered }
  })

/** Whether a flag stands among the options; also where the arguments as a whole are refused. */
export const hasFlag = (argv: ReadonlyArray<string>, flag: string): boolean => {
  const end = argv.indexOf("--")
  return argv.slice(0, end < 0 ? argv.length : end).includes(flag)
}
