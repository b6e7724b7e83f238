import { Effect } from "effect"
import { join } from "node:path"
import { bundleProgram } from "../support/bundle.js"

const root = join(import.meta.dirname, "..")

/** The program that campaigns run as a process of its own, to be killed or to be one of several. */
export const child = join(root, "dist/scorecard-child.mjs")

/** The command line as it is shipped. */
export const commandLine = join(root, "dist/bin.mjs")

/** Made anew at each start of the scorecard. */
export const bundleChild = Effect.promise(() => bundleProgram(join(root, "test/support/crash/child.ts"), child))
