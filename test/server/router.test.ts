import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { IncomingMessage } from "node:http"
import { Socket } from "node:net"
import { FeatureServerApi } from "../../src/server/api.js"
import { featureRouter } from "../../src/server/featureRouter.js"
import { frontOf } from "../../src/server/featureServer.js"
import type { Admitted } from "../../src/server/gate.js"
import { makePush } from "../../src/server/push.js"
import { makeReads } from "../../src/server/reads.js"
import { problemReply, type Reply } from "../../src/server/Reply.js"
import { finder, routesOf } from "../../src/server/routes.js"
import { ServedTally } from "../../src/server/ServedTally.js"
import { Telemetry } from "../../src/telemetry/Telemetry.js"
import { app, registry, seed } from "./serving.js"

const services = { trading: ["orderbook@1.0.microprice"] }
const offer = { services, everything: ["market", "orderbook"], maxMarkets: 3, maxFeatures: 3 }
const find = finder(routesOf(FeatureServerApi))

const admittedOf = (method: string, target: string, body: string): Admitted => {
  const [path = "", query = ""] = target.split("?")
  const found = find(path)
  const route = typeof found === "object" ? found.routes.get(method) : undefined
  if (typeof found !== "object" || route === undefined) return assert.fail(`no route ${method} ${target}`)
  const request = new IncomingMessage(new Socket())
  request.url = target
  request.method = method
  return { route, request, params: found.params, query, body }
}

const post = (path: string, body: unknown) =>
  ["POST", path, typeof body === "string" ? body : JSON.stringify(body)] as const
const get = (target: string) => ["GET", target, ""] as const

const requests = [
  get("/features/m1"),
  get("/features/m1?features=orderbook,market.volume"),
  get("/features/m1?features=orderbook&features=market&at=1783715146000"),
  get("/features/m1?feature_service=trading"),
  get("/features/m1?feature_service=tradin"),
  get("/features/m1?features=a,b,c,d"),
  get("/features/m1?at=yesterday&surplus=1"),
  get("/features/%20m1"),
  get("/features/a%2Fb?features=market"),
  post("/features", { markets: ["m1", "nowhere"], features: ["orderbook"] }),
  post("/features", { markets: ["m1", "m1", "m1", "m1"] }),
  post("/features", { markets: ["m1"], features: ["orderbok"] }),
  post("/features", { markets: [1, " "], surplus: true }),
  post("/features", "{"),
  post("/features", "[".repeat(40)),
  post("/get-online-features", { entities: { market: ["m1", "nowhere"] }, features: ["orderbook:microprice"] }),
  post("/get-online-features", { entities: { market: ["m1"] }, feature_service: "trading", full_feature_names: true }),
  post("/get-online-features", { entities: { driver_id: [1] }, features: ["orderbook:microprice"] }),
  post("/get-online-features", {
    entities: { market: ["m1"] },
    features: ["orderbook.microprice", "orderbook@1.0+deep.microprice"]
  })
]

const textIn = (reply: Reply | undefined): string =>
  typeof reply?.body === "string"
    ? reply.body
    : reply?.body instanceof Uint8Array
    ? new TextDecoder().decode(reply.body)
    : assert.fail("a stream")

describe("the reading routes in front of the router", () => {
  it.scopedLive("answer each request as the router does, byte for byte", () =>
    Effect.gen(function*() {
      yield* seed
      const reads = yield* makeReads(offer, 32, new ServedTally())
      const router = yield* featureRouter({
        reads,
        push: yield* makePush(registry.groups, 32),
        changes: () => Effect.dieMessage("not asked for"),
        registry,
        services,
        operations: { readiness: Effect.succeed({ ready: true, checks: {} }), registry: yield* Telemetry },
        maxDepth: 32
      })
      const front = frontOf(reads)
      const settled = <E>(reply: Effect.Effect<Reply | undefined, E>) =>
        Effect.map(reply, (one) => ({ status: one?.status, type: one?.type, text: textIn(one) }))
      for (const [method, target, body] of requests) {
        const admitted = admittedOf(method, target, body)
        const ahead = front.get(admitted.route.name)
        assert.isDefined(ahead)
        const direct = yield* settled(
          Effect.catchAll(ahead(admitted), (problem) => Effect.succeed(problemReply(problem)))
        )
        const routed = yield* settled(
          Effect.catchAll(
            router(admitted, (reply) =>
              Effect.succeed({
                ...reply,
                body: textIn(reply)
              })),
            (problem) => Effect.succeed(problemReply(problem))
          )
        )
        // ages and instants move on between the two
        const timeless = (text: string) => text.replace(/"(as_of|age_ms|computed_at)":\d+/gu, "\"$1\":0")
        assert.deepStrictEqual(
          { ...routed, text: timeless(routed.text) },
          { ...direct, text: timeless(direct.text) },
          target
        )
      }
    }).pipe(Effect.provide(app)))
})
