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
import { compare } from "./compare.js"
import { bookTicks, marketName } from "./generate.js"
import { load } from "./load.js"
import { storage } from "./storage.js"

const connections = 50
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
    const settings = { ...(yield* Schema.decode(ServerSettings)({})), port: 0, rateLimitPerSec: 1_000_000 }
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

/** The servers of this part, each in a process of its own. */
export const httpServers: ReadonlyMap<string, (folder: string) => Effect.Effect<void>> = new Map([
  ["http-ours", (folder: string) => Effect.orDie(ours(folder))],
  ["http-bare", () => bare]
])

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
    return await response.json()
  }).pipe(Effect.flatMap(Schema.decodeUnknown(Document)), Effect.orDie)

/** Requests of one kind for a while; in its answers instants differ from one to the next, so that digits do not count. */
const ask = (port: number, request: string) =>
  Effect.map(
    load(port, request, { connections, millis }),
    ({ requestsPerSecond }) =>
      Effect.map(answerTo(port, request), (document) => ({
        answer: JSON.stringify(document).replace(/\d+/gu, "0"),
        micros: 1_000_000 / requestsPerSecond
      }))
  )

/** The feature server beside a server that does no more than write the same answers, which it is given. */
export const http = (folder: string) =>
  Effect.gen(function*() {
    const server = yield* started("http-ours", folder)
    const bare = yield* started("http-bare", folder)
    const measure = (name: string, request: string, atMost: number) =>
      compare({
        name: `online read over HTTP, ${name}`,
        data: `${connections} connections, each waiting for its answers, ${millis} ms a round`,
        rounds: 3,
        competitors: [
          { name: "this project", role: "ours", run: ask(server.port, request) },
          {
            name: "bare node:http",
            role: "limit",
            prepare: Effect.flatMap(answerTo(server.port, request), bare.show),
            run: ask(bare.port, request)
          }
        ],
        difference: (ours, theirs) => ours.answer === theirs.answer ? undefined : `${ours.answer} and ${theirs.answer}`,
        figure: { unit: "us/request", of: ({ micros }) => micros },
        goals: [{ against: "bare node:http", atMost }]
      })
    return [
      yield* measure("POST /features, 1 market x 21", requests.one, 2),
      yield* measure("GET /features/{market}, 21 features", requests.get, 2),
      yield* measure("POST /get-online-features, 1 market x 21", requests.online, 2),
      yield* measure("POST /features, 100 markets x 21", requests.hundred, 4)
    ]
  }).pipe(Effect.scoped)
