import { build, transform } from "esbuild"
import { execFile, spawn } from "node:child_process"
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { promisify } from "node:util"
import ts from "typescript"

export const root = join(import.meta.dirname, "../..")

/** What a reader's clone holds, and what the commands of the documents read of it. */
const shared = [".config", "config", "src", "test", "node_modules", "package.json", "tsconfig.json"]
const bundled = ["bin.mjs", "chunks", "venue.mjs"]

/**
 * npx looks the package up for a second of processor time before it starts a command that is known here. TypeScript's
 * compiler gives way to a quick one: the test checks types by itself.
 */
const npx = `#!/bin/sh
case $1 in
  feature-store) shift; exec node dist/bin.mjs "$@" ;;
  tsc) exec node_modules/.bin/esbuild mine/*.ts --outdir=dist/mine --format=esm --log-level=error ;;
esac
`

const environment = (folder: string) => ({
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(FEATURE_STORE_|NO_COLOR|FORCE_COLOR|VITEST)/u.test(name))
  ),
  PATH: `${join(folder, "bin")}:${process.env.PATH ?? ""}`
})

/** A folder that looks like a clone after `npm run build`, with data of its own. */
export const makeWorkspace = async (): Promise<string> => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "feature-store-docs-")))
  for (const name of shared) symlinkSync(join(root, name), join(folder, name))
  for (const name of ["bin", "data", "dist/lib"]) mkdirSync(join(folder, name), { recursive: true })
  for (const name of bundled) symlinkSync(join(root, "dist", name), join(folder, "dist", name))
  writeFileSync(join(folder, "bin/npx"), npx)
  chmodSync(join(folder, "bin/npx"), 0o755)
  await build({
    entryPoints: [join(root, "src/index.ts")],
    outfile: join(folder, "dist/lib/index.js"),
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    logLevel: "error"
  })
  return folder
}

export const removeWorkspace = (folder: string): void => rmSync(folder, { recursive: true, force: true })

/** Writes a file of the workspace. */
export const save = (folder: string, file: string, text: string): void => {
  mkdirSync(dirname(join(folder, file)), { recursive: true })
  writeFileSync(join(folder, file), text)
}

/** Compiles a module of the workspace without looking at its types. */
export const compile = async (folder: string, file: string, out: string): Promise<void> => {
  const { code } = await transform(readFileSync(join(folder, file), "utf8"), { loader: "ts" })
  save(folder, out, code)
}

/**
 * What TypeScript finds in modules of the workspace, each by itself, as its compiler prints it; the package is this
 * project's sources. Reading those takes longest: ask once.
 */
export const typeErrors = (folder: string, files: ReadonlyArray<string>): ReadonlyMap<string, string> => {
  const configFile = join(folder, "mine/tsconfig.json")
  const parsed = ts.parseJsonConfigFileContent(
    ts.readConfigFile(configFile, (file) => ts.sys.readFile(file)).config,
    ts.sys,
    dirname(configFile)
  )
  // the sources lie elsewhere than what is built of them
  const { rootDir: _, ...options } = parsed.options
  const program = ts.createProgram({
    rootNames: files.map((file) => join(folder, file)),
    options: { ...options, noEmit: true, paths: { "@polysniper/feature-store": [join(root, "src/index.ts")] } }
  })
  const host = {
    getCanonicalFileName: (name: string) => name,
    getCurrentDirectory: () => folder,
    getNewLine: () => "\n"
  }
  return new Map(files.map((file) => {
    const source = program.getSourceFile(join(folder, file))
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
    return [file, ts.formatDiagnostics(found, host)]
  }))
}

/** Runs a program of the workspace; what it prints, whether it succeeds or fails. */
export const runNode = (folder: string, ...args: ReadonlyArray<string>) =>
  promisify(execFile)(process.execPath, args, { cwd: folder, env: environment(folder) }).then(
    ({ stderr, stdout }) => `${stdout}${stderr}`,
    (failure: unknown) => failure instanceof Error && "stderr" in failure ? String(failure.stderr) : String(failure)
  )

/** A port that nobody listens on just now. */
export const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address()
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0))
    })
  })

export interface Shown {
  readonly code: number | null
  readonly printed: string
}

/** Runs a script in a session of its own, as a reader would type it, and ends whatever it has left running. */
export const runScript = (folder: string, script: string, limitMillis: number): Promise<Shown> =>
  new Promise((resolve) => {
    const shell = spawn("bash", ["-c", `exec 2>&1\n${script}`], {
      cwd: folder,
      env: environment(folder),
      detached: true,
      stdio: ["ignore", "pipe", "inherit"]
    })
    const printed: Array<string> = []
    shell.stdout.setEncoding("utf8").on("data", (text: string) => printed.push(text))
    const end = (signal: NodeJS.Signals) => {
      try {
        process.kill(-(shell.pid ?? NaN), signal)
      } catch {
        // nothing is left of it
      }
    }
    const limit = setTimeout(() => end("SIGKILL"), limitMillis)
    shell.on("exit", () => end("SIGTERM"))
    shell.on("close", (code) => {
      clearTimeout(limit)
      resolve({ code, printed: printed.join("") })
    })
  })
