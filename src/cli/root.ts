import * as Command from "@effect/cli/Command"
import type { CommandTree } from "./arguments.js"
import { get } from "./commands/get.js"
import { treeOf } from "./help.js"

/** What users type. */
export const program = "feature-store"

const described = Command.make(program).pipe(
  Command.withDescription("Features of prediction markets, now and as of any past instant, bit for bit the same.")
)

/** The whole command line. */
export const root = described.pipe(Command.withSubcommands([get]))

/** The same as names and options, to read arguments and write help by. */
export const tree: CommandTree = treeOf(described, [treeOf(get)])
