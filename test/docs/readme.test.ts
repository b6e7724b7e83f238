import * as NodeContext from "@effect/platform-node/NodeContext"
import { Effect, Option, Schema } from "effect"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { standardComputers } from "../../src/computers/standard.js"
import { loadConfig } from "../../src/config/loadConfig.js"
import { type Block, blocksOf, examplesOf, printsLines } from "./blocks.js"
import {
  compile,
  freePort,
  makeWorkspace,
  removeWorkspace,
  root,
  runNode,
  runScript,
  save,
  typeErrors
} from "./workspace.js"

const readme = blocksOf(readFileSync(join(root, "README.md"), "utf8"))
const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).filter((name) =>
  name.endsWith(".ts")
)
const examples = sources.sort().flatMap((name) =>
  examplesOf(readFileSync(join(root, "src", name), "utf8")).map((block, index) => ({
    name: `src/${name}`,
    file: `mine/example-${name.replace(/\W/gu, "-")}-${index}.ts`,
    text: block.text
  }))
)

const isLeftOut = ({ comment }: Block) => comment?.startsWith("left out: ") === true
const of = (language: string) => readme.filter((block) => block.language === language && !isLeftOut(block))
const modules = of("ts").flatMap(({ file, text }) => file === undefined ? [] : [{ file, text }])

const emitted = (file: string) => file.replace(/^mine\/(.*)\.ts$/u, "dist/mine/$1.js")

/** `edit FILE: "a" => "b"`: what the block below shows is seen after this change. */
const Edit = Schema.Tuple(Schema.String, Schema.String)
const edits = readme.flatMap(({ comment = "", line, text }) => {
  const [, file = "", from = "", to = ""] = /^edit (\S+): (".*") => (".*")$/u.exec(comment) ?? []
  const before = modules.find((module) => module.file === file)?.text
  if (before === undefined) return []
  const [old, changed] = Schema.decodeUnknownSync(Schema.parseJson(Edit))(`[${from}, ${to}]`)
  assert.strictEqual(before.split(old).length, 2, `README.md:${line}`)
  return [{ line, shown: text, folder: `edited-${line}`, file, text: before.replace(old, changed) }]
})

/** The folder in which everything is done that the documents tell to do. */
let folder = ""
let wrong: ReadonlyMap<string, string> = new Map()

beforeAll(async () => {
  folder = await makeWorkspace()
  for (const { file, text } of readme) if (file !== undefined) save(folder, file, text)
  for (const { file, text } of examples) save(folder, file, text)
  for (const edited of edits) {
    for (const { file, text } of modules) {
      save(folder, join(edited.folder, file), file === edited.file ? edited.text : text)
    }
  }
  // stands in for the demo, which imports these files before it does the rest of its tour
  const sample = ["markets.ndjson", "quotes.csv.gz", "resolutions.ndjson"]
  const files = sample.map((name) => `test/fixtures/polymarket-quotes/${name}`)
  await runNode(folder, "dist/bin.mjs", "import", ...files, "--db", "data/demo/features.db")
  wrong = typeErrors(folder, [
    ...[...modules, ...examples].map(({ file }) => file),
    ...edits.map((edited) => join(edited.folder, edited.file))
  ])
})
afterAll(() => removeWorkspace(folder))

const exitComment = /^(.*?) +# exit (\d+)\b.*$/u

/** The blocks as one script: it stops at the first command that ends otherwise than it says. */
const scriptOf = (blocks: ReadonlyArray<Block>) =>
  [
    "set -e",
    ...blocks.flatMap(({ line, text }) => [
      `printf '\\n@@ %s\\n' ${line}`,
      text.split("\n").map((typed) => {
        const [, command, code] = exitComment.exec(typed) ?? []
        return command === undefined ? typed : `${command} && exit 99 || [ $? -eq ${code ?? ""} ]`
      }).join("\n")
    ]),
    "printf '\\n@@ end\\n'"
  ].join("\n")

/** What a block of the script has printed. */
const sectionOf = (printed: string, { line }: Block) =>
  printed.split(/^@@ /mu).find((part) => part.startsWith(`${line}\n`))

describe("the README", { timeout: 450_000 }, () => {
  it("has no block of a kind that no test looks at, and says why it leaves one out", () => {
    const kinds = new Set(readme.map(({ language }) => language))
    assert.deepStrictEqual([...kinds].sort(), ["json", "sh", "text", "toml", "ts"])
    const leftOut = readme.filter(isLeftOut)
    for (const { comment, line, text } of leftOut) {
      process.stdout.write(`README.md:${line}: ${text.trim()}: ${comment ?? ""}\n`)
    }
    assert.isBelow(leftOut.length, 3)
    assert.deepStrictEqual(of("ts").filter(({ file }) => file === undefined), [])
  })

  it("has computers of fewer than 40 lines", () => {
    const lines = modules.find(({ file }) => file === "mine/tradingCost.ts")?.text.trimEnd().split("\n")
    assert.isBelow(lines?.length ?? Infinity, 40)
  })

  it("and the docstrings have programs whose types are right, and that run", async () => {
    const all = [...modules, ...examples]
    for (const { file } of all) {
      assert.strictEqual(wrong.get(file), "", file)
      await compile(folder, file, emitted(file))
    }
    for (const { file, name, text } of examples) {
      const said = [...text.matchAll(/\.log\(.*\) \/\/ (.*)$/gmu)].map(([, line = ""]) => `${line}\n`)
      assert.strictEqual(await runNode(folder, emitted(file)), said.join(""), name)
    }
  })

  it("has commands that do what it says, one after the other", async () => {
    const port = await freePort()
    const script = scriptOf(of("sh")).replaceAll("8787", `${port}`)
    const { code, printed } = await runScript(folder, script, 400_000)
    assert.strictEqual(code, 0, printed.split("@@ ").at(-1))
    assert.include(printed, "@@ end\n")
    assert.notMatch(printed, /^error: /mu)
    for (const [index, shown] of readme.entries()) {
      const before = readme[index - 1]
      if (shown.language !== "text" || before?.language !== "sh") continue
      const section = sectionOf(printed, before) ?? ""
      assert.isTrue(printsLines(section, shown.text), `README.md:${shown.line}: was printed:\n${section}`)
    }
  })

  it("shows what happens after a change", async () => {
    assert.strictEqual(edits.length, 2)
    for (const edited of edits) {
      const found = wrong.get(join(edited.folder, edited.file)) ?? ""
      for (const { file } of modules) await compile(folder, join(edited.folder, file), emitted(file))
      const printed = found === ""
        ? await runNode(folder, emitted("mine/main.ts"))
        : found.replaceAll(`${edited.folder}/`, "")
      assert.isTrue(printsLines(printed, edited.shown), `README.md:${edited.line}: was printed:\n${printed}`)
    }
  })

  it("has configurations that are accepted", async () => {
    const parameterSchemas = Object.fromEntries(
      standardComputers.map(({ name, parameterSchema }) => [name, parameterSchema])
    )
    for (const { line, text } of of("toml")) {
      const file = `data/block-${line}.toml`
      save(folder, file, text)
      const loading = loadConfig({ file: Option.some(join(folder, file)), environment: {}, parameterSchemas })
      const loaded = await Effect.runPromise(Effect.either(Effect.provide(loading, NodeContext.layer)))
      assert.strictEqual(loaded._tag, "Right", `README.md:${line}: ${String(loaded)}`)
    }
  })

  it("has JSON that can be read", () => {
    const read = Schema.decodeUnknownEither(Schema.parseJson())
    for (const { line, text } of of("json")) assert.strictEqual(read(text)._tag, "Right", `README.md:${line}`)
  })
})
