import { Schema } from "effect"
import { spawn } from "node:child_process"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, assert } from "vitest"

/** The bundle as it is shipped; `npm test` builds it first. */
const bundle = fileURLToPath(new URL("../../dist/bin.mjs", import.meta.url))

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const inherited = () =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(FEATURE_STORE_|NO_COLOR$|FORCE_COLOR$|VITEST)/.test(name))
  )

/** Runs the command line in a folder, with nothing of the surrounding configuration or colours. */
export const runIn =
  (folder: string, environment: Readonly<Record<string, string>> = {}) =>
  (...args: ReadonlyArray<string>): Promise<Ran> =>
    new Promise((resolve) => {
      const child = spawn(process.execPath, [bundle, ...args], { cwd: folder, env: { ...inherited(), ...environment } })
      const out: Array<string> = []
      const err: Array<string> = []
      child.stdout.setEncoding("utf8").on("data", (text: string) => out.push(text))
      child.stderr.setEncoding("utf8").on("data", (text: string) => err.push(text))
      child.on("close", (code) => resolve({ code, stdout: out.join(""), stderr: err.join("") }))
    })

/** Starts the command line, to be left or interrupted. */
export const start = (folder: string, ...args: ReadonlyArray<string>) =>
  spawn(process.execPath, [bundle, ...args], { cwd: folder, env: inherited() })

/** How a started command ended after what was done to it. */
export const leave = (child: ReturnType<typeof start>, act: (child: ReturnType<typeof start>) => void) =>
  new Promise<{ readonly code: number | null; readonly stderr: string }>((resolve) => {
    const err: Array<string> = []
    child.stderr.setEncoding("utf8").on("data", (text: string) => err.push(text))
    child.on("close", (code) => resolve({ code, stderr: err.join("") }))
    act(child)
  })

/** A folder of its own for a test file, gone when it is done. */
export const makeFolder = async (files: Readonly<Record<string, string | Uint8Array>> = {}): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "feature-store-cli-"))
  afterAll(() => rm(folder, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
  return folder
}

const stack = /^\s+at .+[:/]\d+/mu

/** Succeeded, and said nothing that looks like trouble. */
export const fine = (ran: Ran): Ran => {
  assert.strictEqual(ran.code, 0, `${ran.stderr}${ran.stdout}`)
  assert.notMatch(ran.stderr, stack)
  return ran
}

/** Failed with this code and one message that holds all of `parts`: on stderr, once, without a stack. */
export const refused = (ran: Ran, code: number, ...parts: ReadonlyArray<string>): Ran => {
  assert.strictEqual(ran.code, code, `${ran.stderr}${ran.stdout}`)
  assert.strictEqual(ran.stdout, "")
  for (const part of parts) assert.include(ran.stderr, part)
  assert.strictEqual(ran.stderr.split("error:").length, 2, ran.stderr)
  assert.notMatch(ran.stderr, stack)
  return ran
}

/** The one JSON document on stdout. */
export const documentOf = <A, I>(schema: Schema.Schema<A, I>, ran: Ran): A =>
  Schema.decodeUnknownSync(Schema.parseJson(schema))(ran.stdout)

const AnyRecord = Schema.Record({ key: Schema.String, value: Schema.Unknown })
export const recordOf = (ran: Ran) => documentOf(AnyRecord, ran)

const FeatureValue = Schema.Struct({
  value: Schema.Union(Schema.Null, Schema.Number, Schema.String, Schema.Boolean),
  status: Schema.String,
  reason: Schema.NullOr(Schema.String),
  age_ms: Schema.NullOr(Schema.Number),
  computed_at: Schema.Number,
  version: Schema.String,
  fingerprint: Schema.String
})

const Vector = Schema.Struct({
  market: Schema.String,
  as_of: Schema.Number,
  sequence: Schema.Number,
  features: Schema.Record({ key: Schema.String, value: FeatureValue })
})

/** What `get --json` printed. */
export const vectorOf = (ran: Ran) => documentOf(Vector, fine(ran))
