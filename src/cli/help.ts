import * as CliConfig from "@effect/cli/CliConfig"
import * as Command from "@effect/cli/Command"
import * as HelpDoc from "@effect/cli/HelpDoc"
import type { Span } from "@effect/cli/HelpDoc/Span"
import type { Usage } from "@effect/cli/Usage"
import { HashSet } from "effect"
import { stripVTControlCharacters } from "node:util"
import type { CommandTree } from "./arguments.js"
import type { Colors } from "./terminal/Output.js"
import { indented, table } from "./terminal/table.js"

/** A command with those below it, as arguments are read and help is written by. */
export const treeOf = <Name extends string, R, E, A>(
  command: Command.Command<Name, R, E, A>,
  children: ReadonlyArray<CommandTree> = []
): CommandTree => ({
  name: HashSet.toValues(Command.getNames(command))[0] ?? "",
  usage: Command.getUsage(command),
  help: Command.getHelp(command, CliConfig.make({ showBuiltIns: false })),
  children
})

const plain = (doc: HelpDoc.HelpDoc): string => stripVTControlCharacters(HelpDoc.toAnsiText(doc)).trim()
const plainSpan = (span: Span): string => plain(HelpDoc.p(span))

/** The document's parts in their order. */
const parts = (doc: HelpDoc.HelpDoc): ReadonlyArray<HelpDoc.HelpDoc> =>
  HelpDoc.isSequence(doc) ? [...parts(doc.left), ...parts(doc.right)] : HelpDoc.isEmpty(doc) ? [] : [doc]

const isOptional = "This setting is optional."
const saysNothing = /^(A user-defined piece of text\.|A true or false value\.|This (setting|option|argument) .*)$/u

/** What must be given at least once ends so. */
const atLeastOnce = / 1\+$/u

const described = ([name, doc]: readonly [Span, HelpDoc.HelpDoc]): readonly [string, string] => {
  const said = parts(doc).map(plain)
  const shown = plainSpan(name)
  const isRequired = shown.startsWith("--") && !said.some((line) => line.startsWith("This "))
  const text = said.filter((line) => !saysNothing.test(line)).join(" ")
  const bare = shown.replace(/\.\.\.$/u, "").replace(atLeastOnce, "").replace(/^<(.*)>$/u, "$1")
  return [
    atLeastOnce.test(shown) && !shown.startsWith("--") ? `${bare}...` : bare,
    isRequired && !said.includes(isOptional) ? `${text} (required)` : text
  ]
}

const descriptionOf = ({ help }: CommandTree): string => {
  const first = parts(help).find(HelpDoc.isParagraph)
  return first === undefined ? "" : plain(first)
}

/** What stands on the command line besides options: `MARKET`, `FILE...`. */
const wordsOf = (usage: Usage): string => {
  switch (usage._tag) {
    case "Named":
      return usage.names.filter((name) => name.startsWith("<")).map((name) => name.slice(1, -1)).join("")
    case "Optional":
    case "Repeated": {
      const inner = wordsOf(usage.usage)
      return inner === "" ? "" : usage._tag === "Repeated" ? `${inner}...` : `[${inner}]`
    }
    case "Alternation":
    case "Concat":
      return [wordsOf(usage.left), wordsOf(usage.right)].filter((words) => words !== "").join(" ")
    case "Empty":
    case "Mixed":
      return ""
  }
}

const lists = ({ help }: CommandTree) => parts(help).filter(HelpDoc.isDescriptionList)

/** What stands for a value that is written alike everywhere. */
const legend = [
  ["TIME", "an instant: ISO 8601 with an offset (2026-07-16T18:00:00Z), or milliseconds UTC"],
  ["D", "a duration: 500ms, 30s, 5m, 1h, 1d"]
] as const

const leafHelp = (command: CommandTree, path: string, colors: Colors): ReadonlyArray<string> => {
  const entries = lists(command).flatMap(({ definitions }) => definitions.map(described))
  const section = (title: string, rows: ReadonlyArray<readonly [string, string]>) =>
    rows.length === 0 ? [] : ["", colors.bold(title), indented(table(colors, { head: ["", ""] }, rows))]
  const used = legend.filter(([word]) => entries.some(([name]) => name.endsWith(` ${word}`)))
  const isOption = ([name]: readonly [string, string]) => name.startsWith("-")
  return [
    `${colors.bold("Usage:")} ${[path, wordsOf(command.usage), "[options]"].filter((part) => part !== "").join(" ")}`,
    ...section("Arguments", entries.filter((entry) => !isOption(entry))),
    ...section("Options", entries.filter(isOption)),
    ...section("Values", used)
  ]
}

const namesBelow = (command: CommandTree, prefix = ""): ReadonlyArray<readonly [string, string]> =>
  command.children.flatMap((child): ReadonlyArray<readonly [string, string]> =>
    child.children.length === 0
      ? [[`${prefix}${child.name}`, descriptionOf(child)]]
      : namesBelow(child, `${prefix}${child.name} `)
  )

const groupHelp = (command: CommandTree, path: string, colors: Colors): ReadonlyArray<string> => [
  `${colors.bold("Usage:")} ${path} COMMAND [options]`,
  "",
  colors.bold("Commands"),
  indented(table(colors, { head: ["", ""] }, namesBelow(command))),
  "",
  `${path} COMMAND --help shows a command's arguments and options: --config, --db, --json and --debug are common to them.`,
  "",
  `${colors.bold("Exit codes")}  0 fine  1 an audit found something  2 bad usage, configuration or reference`,
  "            3 rejected input  4 storage or source failure  130 interrupted"
]

/** The help of a command, or the overview of a group of them. */
export const renderHelp = (command: CommandTree, path: ReadonlyArray<string>, colors: Colors): string =>
  [
    descriptionOf(command),
    "",
    ...(command.children.length === 0 ? leafHelp : groupHelp)(command, path.join(" "), colors)
  ].join("\n")
