import effect from "@effect/eslint-plugin"
import js from "@eslint/js"
import { readdirSync } from "node:fs"
import { fileURLToPath } from "node:url"
import tseslint from "typescript-eslint"

const root = fileURLToPath(new URL("..", import.meta.url))
const bin = "src/bin.ts"
const core = ["src/domain/**/*.ts", "src/state/**/*.ts", "src/features/**/*.ts", "src/computers/**/*.ts"]

const format = {
  plugins: { "@effect": effect },
  rules: {
    "@effect/dprint": ["error", {
      config: {
        indentWidth: 2,
        lineWidth: 120,
        operatorPosition: "maintain",
        semiColons: "asi",
        quoteStyle: "alwaysDouble",
        trailingCommas: "never",
        "arrowFunction.useParentheses": "force"
      }
    }]
  }
}

// What a file may not say

const property = (object, name) =>
  `MemberExpression:matches([object.name="${object}"], [object.property.name="${object}"])` +
  `:matches([property.name=${name}], [property.value=${name}])`

const forbid = (message, ...selectors) => selectors.map((selector) => ({ selector, message }))

const wallClock = forbid(
  "Time comes from MarketClock, or from Effect's Clock where it drives machinery; only LiveClock.ts reads the machine's.",
  property("Date", "/^now$/"),
  "NewExpression[callee.name=\"Date\"][arguments.length=0]",
  "NewExpression[callee.property.name=\"Date\"][arguments.length=0]",
  "CallExpression[callee.name=\"Date\"]",
  property("DateTime", "/^unsafeNow$/"),
  "VariableDeclarator[init.name=\"Date\"]"
)
const stopwatch = forbid(
  "Elapsed machine time comes from Effect's Clock.",
  property("performance", "/^(now|timeOrigin)$/"),
  property("process", "/^(hrtime|uptime)$/"),
  "VariableDeclarator[init.name=\"performance\"]"
)
const random = forbid(
  "Nothing random: an answer is a function of the log and the instant.",
  property("Math", "/^random$/"),
  "VariableDeclarator[init.name=\"Math\"] Property[key.name=\"random\"]",
  "MemberExpression:matches([property.name=/^(randomUUID|getRandomValues)$/], [property.value=/^(randomUUID|getRandomValues)$/])",
  "ImportDeclaration[source.value=/^(node:)?crypto$/] > ImportSpecifier[imported.name=/^(random|getRandomValues|webcrypto)/]",
  "MemberExpression[property.name=/^random(Bytes|Int|Fill|FillSync)$/]"
)
const throwing = forbid("A failure is a typed error, a broken invariant a defect (Effect.die).", "ThrowStatement")
const defaultExport = forbid(
  "Exports have names.",
  "Program > ExportDefaultDeclaration",
  "ExportSpecifier[exported.name=\"default\"]"
)
const environment = forbid(
  "Configuration arrives through Config; only bin.ts sees the environment.",
  property("process", "/^env$/"),
  "VariableDeclarator[init.name=\"process\"]"
)
const running = forbid(
  "Effects are run once, in bin.ts.",
  property("Effect", "/^(run(Sync|Promise|Fork|Callback)(Exit)?|unsafeRun.*)$/"),
  "ImportDeclaration[source.value=\"effect/Effect\"] > ImportSpecifier[imported.name=/^run(Sync|Promise|Fork|Callback)/]"
)
const machineTime = forbid(
  "Here time is an argument, or MarketClock's: a replay must get the same answer.",
  property("DateTime", "/^now(AsDate)?$/"),
  property("Clock", "/^current/"),
  property("Effect", "/^clock(With)?$/")
)
const dynamicImport = forbid("Only bin.ts and cli load code late.", "ImportExpression")
const narrowedTests = forbid(
  "No focused or skipped test.",
  "MemberExpression[object.name=/^(it|test|describe)$/][property.name=/^(only|skip|todo)$/]",
  "MemberExpression[object.object.name=/^(it|test|describe)$/][property.name=/^(only|skip|todo)$/]"
)

const sourceSyntax = [...stopwatch, ...random, ...throwing, ...defaultExport]
const syntax = (files, ...groups) => ({ files, rules: { "no-restricted-syntax": ["error", ...groups.flat()] } })

// What a folder may import

const folders = readdirSync(`${root}/src`, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)

/** Folders that may import only the ones named; every other folder may import all but cli. */
const reach = {
  domain: [],
  state: ["domain"],
  features: ["domain", "state"],
  computers: ["domain", "state", "features"],
  context: ["domain", "state", "features", "store"],
  store: ["domain", "state", "features", "context", "parallel"],
  importer: ["domain", "features", "store"],
  config: ["domain", "features", "store", "strategy", "backtest", "polymarket", "news", "live", "server"],
  dataset: ["domain", "state", "features", "store", "context", "importer", "parallel"],
  audit: ["domain", "state", "features", "store", "context", "dataset", "parallel"],
  parallel: ["domain", "state", "features", "store", "context", "dataset", "audit"],
  http: [],
  strategy: ["domain", "state", "features", "store", "context", "http"],
  backtest: ["domain", "state", "features", "store", "context", "strategy"],
  telemetry: [],
  polymarket: ["domain", "state", "context", "telemetry", "http"],
  news: ["domain", "state", "features", "computers", "store", "context", "telemetry", "http"],
  live: ["domain", "state", "features", "store", "context", "strategy", "backtest", "polymarket", "telemetry"],
  server: ["domain", "state", "features", "store", "context", "telemetry"]
}

const inside = [
  { regex: "^\\.{1,2}/(.*/)?index\\.js$", message: "index.ts is for users of the package; import the file itself." },
  { regex: "^\\.{1,2}/(.*/)?bin\\.js$", message: "Nothing imports the entry of the command line." },
  {
    regex: "^@effect/(platform-node|platform-node-shared)$",
    message: "Import the module (\"@effect/platform-node/NodeContext\"): the barrel doubles the start-up time."
  }
]
const machine = [
  { regex: "^(node:)?process$", message: "Configuration arrives through Config; only bin.ts sees the process." },
  { regex: "^(node:)?perf_hooks$", message: "Elapsed machine time comes from Effect's Clock." }
]
const drivers = [{
  regex: "^(@effect/sql(-.*)?(/.*)?|better-sqlite3)$",
  message: "SQL stays inside the Layers of src/store/sqlite."
}]
const layering = (folder, ...further) => {
  const banned = folders.filter((name) =>
    name !== folder && !further.includes(name) && (reach[folder] ? !reach[folder].includes(name) : name === "cli")
  )
  const message = reach[folder]
    ? `${folder} may import only ${[folder, ...reach[folder]].join(", ")}.`
    : "Only bin.ts imports cli."
  return banned.length === 0 ? [] : [{ regex: `^(\\.{1,2}/)+(${banned.join("|")})/`, message }]
}
const imports = (files, ...groups) => ({
  files,
  rules: { "no-restricted-imports": ["error", { patterns: groups.flat() }] }
})

export default tseslint.config(
  { ignores: ["dist/**", "node_modules/**"] },
  { linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: "off" } },
  format,
  {
    files: ["src/**/*.ts", "test/**/*.ts"],
    extends: [js.configs.recommended, tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: "tsconfig.json", tsconfigRootDir: root } },
    rules: {
      eqeqeq: "error",
      "no-console": "error",
      "no-warning-comments": ["error", { terms: ["todo", "fixme", "xxx", "hack"] }],
      "require-yield": "off",
      "@typescript-eslint/array-type": ["error", { default: "generic" }],
      "@typescript-eslint/consistent-type-assertions": ["error", { assertionStyle: "never" }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-confusing-void-expression": "off",
      "@typescript-eslint/no-empty-object-type": ["error", { allowInterfaces: "with-single-extends" }],
      "@typescript-eslint/no-misused-spread": ["error", { allow: [{ from: "lib", name: "string" }] }],
      "@typescript-eslint/no-namespace": ["error", { allowDeclarations: true }],
      "@typescript-eslint/no-unnecessary-condition": ["error", { allowConstantLoopConditions: true }],
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      // Overflows the stack on recursive types such as Schema's (typescript-eslint 8.73)
      "@typescript-eslint/no-unsafe-class-instance-assignment": "off",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }]
    }
  },
  {
    // Where a new kind of event must not fall into a default unnoticed
    files: core,
    rules: {
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: false }]
    }
  },
  { files: ["src/**/*.ts"], rules: { "max-lines": ["error", 400] } },
  // Later entries replace earlier ones for the files they name
  syntax(["src/**/*.ts"], sourceSyntax, wallClock, environment, running, dynamicImport),
  syntax(["src/cli/**/*.ts"], sourceSyntax, wallClock, environment, running),
  syntax(core, sourceSyntax, wallClock, machineTime, environment, running, dynamicImport),
  syntax(["src/context/LiveClock.ts"], random, throwing, defaultExport, environment, running, dynamicImport),
  syntax([bin], sourceSyntax, wallClock),
  syntax(["test/**/*.ts"], wallClock, random, narrowedTests),
  imports(["src/*.ts"], inside, machine, drivers, layering("")),
  ...folders.map((folder) => imports([`src/${folder}/**/*.ts`], inside, machine, drivers, layering(folder))),
  // The embedded Layers of every storage Tag, the strategies' journal too: it knows the words of those who ask for it
  imports(["src/store/sqlite/**/*.ts"], inside, machine, layering("store", "strategy")),
  imports([bin], inside, drivers)
)
