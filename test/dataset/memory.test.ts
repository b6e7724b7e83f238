import { once } from "node:events"
import { createWriteStream } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { fine, makeFolder, runIn } from "../cli/commandLine.js"
import { minute, recording, start } from "../cli/recording.js"

/** A spine in no order of time, over both markets of the recording and one that nobody knows. */
const writeSpine = async (path: string, rows: number) => {
  const file = createWriteStream(path)
  file.write("market,timestamp,id\n")
  for (let row = 0; row < rows; row += 10_000) {
    const lines = Array.from(
      { length: Math.min(10_000, rows - row) },
      (_, i) => `m${(row + i) % 3 + 1},${start + (row + i) * 7_919 % (300 * minute)},row ${row + i}\n`
    )
    if (!file.write(lines.join(""))) await once(file, "drain")
  }
  file.end()
  await once(file, "finish")
}

/** The process says at its end how much memory it had at most, in kB. */
const atExit = "process.on('exit',()=>process.stderr.write('peak='+process.resourceUsage().maxRSS+';'))"

describe("a build", () => {
  it("takes no more memory for a spine ten times as long", async () => {
    const folder = await makeFolder({ "events.ndjson": recording })
    const cli = runIn(folder, { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(atExit)}` })
    fine(await cli("import", "events.ndjson", "--db", "f.db"))
    const peakOf = async (rows: number, out: string) => {
      await writeSpine(join(folder, "spine.csv"), rows)
      const args = ["--spine", "spine.csv", "--features", "market", "--out", out, "--overwrite", "--db", "f.db"]
      const { stderr } = fine(await cli("dataset", "build", ...args))
      return Number(/peak=(\d+);/u.exec(stderr)?.[1])
    }
    const short = await peakOf(131_072, "short.parquet")
    const long = await peakOf(1_310_720, "long.parquet")
    // two blocks are less than what the collector lets stand; from some five on it was flat, measured up to 40
    assert.isBelow(long, short * 1.6, `${short} kB, then ${long} kB`)
  })
})
