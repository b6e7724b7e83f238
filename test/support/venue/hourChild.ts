// Records the simulated hour into a database until it is killed: node child.mjs <path> <instant>
import { Effect } from "effect"
import { recordHour } from "./hour.js"

const [path, from] = process.argv.slice(2)
if (path !== undefined && from !== undefined) {
  const say = (line: string) =>
    Effect.promise(() =>
      new Promise<undefined>((resolve) => {
        process.stdout.write(`${line}\n`, () => resolve(undefined))
      })
    )
  await Effect.runPromise(recordHour(path, Number(from), say))
  process.exit()
}
