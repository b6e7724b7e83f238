import { Effect } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { asOfJoinBench } from "./asOfJoin.js"
import { backtestBench } from "./backtest.js"
import { datasetBench } from "./dataset.js"
import { importingBench } from "./importing.js"
import { print } from "./measure.js"
import { replayBench } from "./replay.js"
import { servingBench } from "./serving.js"

const folder = mkdtempSync(`${tmpdir()}/feature-store-bench-`)
const benches = {
  replay: replayBench,
  import: importingBench,
  serving: servingBench,
  join: asOfJoinBench,
  backtest: backtestBench,
  dataset: datasetBench
}
const wanted = process.argv.slice(2)
const program = Effect.gen(function*() {
  for (const [name, bench] of Object.entries(benches)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue
    process.stdout.write(`${print(yield* bench(folder))}\n`)
  }
}).pipe(Effect.ensuring(Effect.sync(() => {
  rmSync(folder, { recursive: true })
})))
await Effect.runPromise(program)
