import * as Command from "@effect/cli/Command"
import { drift } from "./drift.js"
import { lookahead } from "./lookahead.js"
import { parity } from "./parity.js"
import { warmup } from "./warmup.js"

const group = Command.make("audit").pipe(Command.withDescription("Checks of this log and of what was served from it."))

/** The group by itself, and with its commands. */
export const audit = { group, command: Command.withSubcommands(group, [parity, lookahead, warmup, drift]) }
