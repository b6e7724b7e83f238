import * as NodeContext from "@effect/platform-node/NodeContext"
import { Effect, Layer, Schema } from "effect"
import { fork } from "node:child_process"
import { createServer } from "node:http"
import { standardComputers } from "../../src/computers/standard.js"
import { LiveContext } from "../../src/context/contexts.js"
import { SnapshotSource } from "../../src/context/SnapshotSource.js"
import * as FeatureRegistry from "../../src/features/FeatureRegistry.js"
import { featureServer } from "../../src/server/featureServer.js"
import { ServerSettings } from "../../src/server/settings.js"
import { EventLog } from "../../src/store/EventLog.js"
import * as Store from "../../src/store/makeFeatureStore.js"
import * as Telemetry from "../../src/telemetry/Telemetry.js"
import { bookTicks, marketName } from "./generate.js"
import { load } from "./load.js"
import { atLeast, atMost, median } from "./measure.js"
import { storage } from "./storage.js"

const connections = 50
const rounds = 3
const millis = 1_000

const post = (path: string, body: object) => {
  const text = JSON.stringify(body)
  return `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n` +
    `content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
}

const features = ["market", "orderbook", "sentiment", "temporal", "price_history"]
const markets = (count: number) => Array.from({ length: count }, (_, i) => marketName(i))

const requests = {
  one: post("/features", { markets: markets(1), features }),
  hundred: post("/features", { markets: markets(100), features }),
  online: post("/get-online-features", { features, entities: { market: markets(1) } }),
  get: `GET /features/${marketName(0)}?features=${features.join(",")} HTTP/1.1\r\nhost: localhost\r\n\r\n`
}

/** Tells the process that started this one where it listens. */
const tell = (port: number) => Effect.sync(() => process.send?.(port))

const ours = (folder: string) =>
  Effect.gen(function*() {
    const registry = yield* FeatureRegistry.make(standardComputers, { cacheTtlSecs: 60, features: {}, external: {} })
    const app = Store.layer(registry, SnapshotSource).pipe(
      Layer.provideMerge(LiveContext(registry.historyMillis)),
      Layer.provideMerge(storage(`${folder}/http.db`)),
      Layer.provideMerge(Telemetry.layer)
    )
    const settings = { ...Schema.decodeSync(ServerSettings)({}), port: 0, rateLimitPerSec: 1_000_000 }
    return yield* Effect.gen(function*() {
      yield* (yield* EventLog).importFile({ digest: "ticks", name: "ticks" }, bookTicks(100, 100_000, 5))
      const { port } = yield* featureServer({ registry, settings })
      yield* tell(port)
      return yield* Effect.never
    }).pipe(Effect.provide(app))
  }).pipe(Effect.scoped, Effect.provide(NodeContext.layer))

/** A server of node's that does no more than write a ready object as JSON; it is told which. */
const bare = Effect.async<never>(() => {
  let ready: unknown = {}
  process.on("message", (document) => {
    ready = document
    process.send?.("ready")
  })
  const server = createServer((_, response) => {
    const text = JSON.stringify(ready)
    response.writeHead(200, {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(text)
    }).end(text)
  })
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    process.send?.(typeof address === "object" && address !== null ? address.port : 0)
  })
})

const kinds = new Map<string, (folder: string) => Effect.Effect<void>>([
  ["http-ours", (folder) => Effect.orDie(ours(folder))],
  ["http-bare", () => bare]
])

/** The servers of this bench, each in a process of its own. */
export const httpServer = (kind: string, folder: string) => kinds.get(kind)?.(folder)

interface Started {
  readonly port: number
  /** Hands a document over, and returns when it has arrived. */
  readonly show: (document: object) => Effect.Effect<void>
  readonly end: () => void
}

const started = (kind: string, folder: string) =>
  Effect.acquireRelease(
    Effect.async<Started>((resume) => {
      const child = fork(process.argv[1] ?? "", [kind, folder], { execArgv: [...process.execArgv] })
      const show = (document: object): Effect.Effect<void> =>
        Effect.async((shown) => {
          child.once("message", () => shown(Effect.void))
          child.send(document)
        })
      child.once("message", (port) => resume(Effect.succeed({ port: Number(port), show, end: () => child.kill() })))
      child.once("exit", (code) => resume(Effect.dieMessage(`${kind} ended with ${code}`)))
    }),
    ({ end }) => Effect.sync(end)
  )

const Document = Schema.Record({ key: Schema.String, value: Schema.Unknown })

/** What the server answers to a request, as a document. */
const answerTo = (port: number, request: string) =>
  Effect.promise(async () => {
    const [head = "", body] = request.split("\r\n\r\n")
    const [method = "", path = ""] = head.split(" ")
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      ...(body ? { body, headers: { "content-type": "application/json" } } : {})
    })
    return Schema.decodeUnknownSync(Document)(await response.json())
  })

/** (h) the feature server beside a server that only writes a ready object of the same size. */
export const httpBench = (folder: string) =>
  Effect.gen(function*() {
    const server = yield* started("http-ours", folder)
    const other = yield* started("http-bare", folder)
    const measure = (name: string, request: string, goal: number, p50: number, p99: number) =>
      Effect.gen(function*() {
        yield* other.show(yield* answerTo(server.port, request))
        const runs = []
        for (let round = 0; round <= rounds; round++) {
          // one after the other, so that what else the machine does meets both
          const plain = yield* load(other.port, request, { connections, millis })
          const own = yield* load(server.port, request, { connections, millis })
          if (round > 0) runs.push({ plain, own, share: own.requestsPerSecond / plain.requestsPerSecond })
        }
        const own = runs.map((run) => run.own)
        return [
          atLeast(`(h) ${name}, of a bare server's rate`, "%", median(runs.map(({ share }) => share * 100)), goal),
          atLeast("    requests", "a second", median(own.map(({ requestsPerSecond }) => requestsPerSecond)), 0),
          atLeast("    bare server", "a second", median(runs.map(({ plain }) => plain.requestsPerSecond)), 0),
          atMost("    p50", "ms", median(own.map(({ p50Millis }) => p50Millis)), p50),
          atMost("    p99", "ms", median(own.map(({ p99Millis }) => p99Millis)), p99)
        ]
      })
    return [
      ...(yield* measure("POST /features, 1 market x 21", requests.one, 50, 20, 200)),
      ...(yield* measure("GET /features/{market}, 21 features", requests.get, 50, 20, 200)),
      ...(yield* measure("POST /get-online-features, 1 market x 21", requests.online, 50, 20, 200)),
      ...(yield* measure("POST /features, 100 markets x 21", requests.hundred, 25, 500, 2_000))
    ]
  }).pipe(Effect.scoped)
