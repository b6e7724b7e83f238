import * as Command from "@effect/cli/Command"
import type { CommandTree } from "./arguments.js"
import { audit } from "./commands/audit/audit.js"
import { drift } from "./commands/audit/drift.js"
import { lookahead } from "./commands/audit/lookahead.js"
import { parity } from "./commands/audit/parity.js"
import { warmup } from "./commands/audit/warmup.js"
import { backtestCommand } from "./commands/backtest.js"
import * as dataset from "./commands/dataset.js"
import { demo } from "./commands/demo.js"
import { doctor } from "./commands/doctor.js"
import { explain } from "./commands/explain.js"
import { get } from "./commands/get.js"
import { importCommand } from "./commands/import.js"
import { live } from "./commands/live.js"
import * as log from "./commands/log.js"
import { materialize } from "./commands/materialize.js"
import { record } from "./commands/record.js"
import * as registry from "./commands/registry.js"
import { serve } from "./commands/serve.js"
import { store } from "./commands/store.js"
import { treeOf } from "./help.js"

/** What users type. */
export const program = "feature-store"

const described = Command.make(program).pipe(
  Command.withDescription("Features of prediction markets, now and as of any past instant, bit for bit the same.")
)

/** The whole command line. */
export const root = described.pipe(
  Command.withSubcommands([
    importCommand,
    record,
    live,
    get,
    store,
    materialize,
    registry.registry.command,
    dataset.dataset.command,
    audit.command,
    log.log.command,
    explain,
    backtestCommand,
    serve,
    doctor,
    demo
  ])
)

/** The same as names and options, to read arguments and write help by. */
export const tree: CommandTree = treeOf(described, [
  treeOf(importCommand),
  treeOf(record),
  treeOf(live),
  treeOf(get),
  treeOf(store),
  treeOf(materialize),
  treeOf(registry.registry.group, [
    treeOf(registry.list),
    treeOf(registry.describe),
    treeOf(registry.plan),
    treeOf(registry.apply),
    treeOf(registry.lineage)
  ]),
  treeOf(dataset.dataset.group, [treeOf(dataset.build), treeOf(dataset.describe), treeOf(dataset.split)]),
  treeOf(audit.group, [treeOf(parity), treeOf(lookahead), treeOf(warmup), treeOf(drift)]),
  treeOf(log.log.group, [treeOf(log.backup), treeOf(log.compact), treeOf(log.stats)]),
  treeOf(explain),
  treeOf(backtestCommand),
  treeOf(serve),
  treeOf(doctor),
  treeOf(demo)
])
