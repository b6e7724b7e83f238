import { Effect } from "effect"
import { spawn } from "node:child_process"
import { commandLine } from "../child.js"
import type { Said } from "./canaries.js"

/** A command, and what is done to it. */
export interface Command {
  readonly args: ReadonlyArray<string>
  readonly environment: Readonly<Record<string, string>>
  /** what is done with it once it listens at an address; it counts what it is answered as said */
  readonly during?: (url: string) => Promise<Said>
  /** whether it has done what it was started for, where it does not end by itself */
  readonly isDone?: () => boolean
}

/** ms in which a command has to end, or to have done what it was started for */
const patience = 20_000

/** ms left to one that is done to say what it has to say of it */
const afterwards = 500

/** Runs the command line in a folder; all that it says counts. */
export const running = (folder: string, said: Said, { args, during, environment, isDone }: Command) =>
  Effect.async((resume: (done: Effect.Effect<void>) => void) => {
    const child = spawn(process.execPath, [commandLine, ...args, "--debug"], {
      cwd: folder,
      env: { PATH: process.env.PATH, ...environment }
    })
    const what = args.slice(0, 2).join(" ")
    let [out, err] = ["", ""]
    let asking: "not yet" | "asked" | "answered" = during === undefined ? "answered" : "not yet"
    let timer: NodeJS.Timeout | undefined = undefined
    const endIn = (millis: number) => {
      clearTimeout(timer)
      timer = setTimeout(() => child.kill("SIGTERM"), millis)
    }
    endIn(patience)
    // one that is only listened to is done once it has been asked
    const isFinished = isDone ?? (() => during !== undefined)
    const watch = setInterval(() => {
      if (asking !== "answered" || !isFinished()) return
      clearInterval(watch)
      endIn(afterwards)
    }, 100)
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text
    })
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      err += text
      const url = /(?:listening on|by POST at) (http:\S+)/u.exec(err)?.[1]
      if (asking !== "not yet" || during === undefined || url === undefined) return
      asking = "asked"
      during(url).then(
        (answers) => said.push(...answers),
        (error: unknown) => said.push([`asking ${what}`, String(error)])
      )
        .finally(() => {
          asking = "answered"
        })
    })
    child.on("close", () => {
      clearTimeout(timer)
      clearInterval(watch)
      said.push([`stdout of ${what}`, out], [`stderr of ${what}`, err])
      resume(Effect.void)
    })
    return Effect.sync(() => {
      clearTimeout(timer)
      clearInterval(watch)
      child.kill("SIGKILL")
    })
  })
