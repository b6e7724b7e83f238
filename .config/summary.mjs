// summary.mjs RESULT.json EXIT_CODE prints vitest's result as one line. What fails outside a test (a file that does not
// load, an error nobody caught, a run that left no result) counts as one failure.
import { readFileSync } from "node:fs"

const [, , path, exitCode] = process.argv
const read = () => {
  try {
    return JSON.parse(readFileSync(path, "utf8")).testResults
  } catch {
    return []
  }
}

const files = read()
const tests = files.flatMap(({ assertionResults }) => assertionResults)
const count = (wanted) => tests.filter(({ status }) => status === wanted).length
const broken =
  files.filter(({ assertionResults, status }) =>
    status === "failed" && !assertionResults.some((test) => test.status === "failed")
  ).length
const passed = count("passed")
const failed = count("failed")
const reported = exitCode === "0" ? failed + broken : Math.max(1, failed + broken)

process.stdout.write(`\n${passed} passed, ${reported} failed, ${tests.length - passed - failed} skipped\n`)
