import { Effect, Either, type Scope } from "effect"
import type { MarketClock } from "../context/MarketClock.js"
import { isMarketId } from "../domain/MarketId.js"
import type { FeatureRegistry } from "../features/FeatureRegistry.js"
import { UnknownReference } from "../features/reference.js"
import { FeatureRepository } from "../store/FeatureRepository.js"
import { FeatureStore } from "../store/FeatureStore.js"
import { planRegistry } from "../store/registerGroups.js"
import { Telemetry } from "../telemetry/Telemetry.js"
import { FeatureServerApi } from "./api.js"
import { makeChanges } from "./changes.js"
import { decoder } from "./decode.js"
import { MarketPath } from "./documents.js"
import { featureRouter } from "./featureRouter.js"
import { type Admitted, type Answer, type Answered, makeGate } from "./gate.js"
import { demandProtection, type ListenFailed, type Listening, makeListener, type UnprotectedAddress } from "./listen.js"
import type { Problem } from "./Problem.js"
import { makePush } from "./push.js"
import { type Check, type Checks, makeReadiness } from "./readiness.js"
import { makeReads, type Reads } from "./reads.js"
import { jsonReply, type WholeReply } from "./Reply.js"
import { type Route, routesOf } from "./routes.js"
import { requestMetrics, servingMetrics } from "./serverMetrics.js"
import type { FeatureServices, ServerSettings } from "./settings.js"
import { noTokens, type Tokens } from "./tokens.js"
import { traced } from "./traced.js"

export interface FeatureServerOptions<R> {
  readonly registry: FeatureRegistry<R>
  readonly settings: ServerSettings
  readonly services?: FeatureServices | undefined
  readonly tokens?: Tokens | undefined
  /** what `/ready` looks at beyond storage */
  readonly checks?: Checks | undefined
  /** told of every request once it is answered */
  readonly onAnswered?: ((answered: Answered) => void) | undefined
  /** whether requests become spans of the tracer around the server */
  readonly traces?: boolean | undefined
}

/** Fails where a feature service names what is not served. */
const resolveServices = <R>(registry: FeatureRegistry<R>, services: FeatureServices) =>
  Effect.forEach(
    Object.entries(services),
    ([name, references]) =>
      Either.mapLeft(registry.resolve(references), ({ candidates, problem, reference }) =>
        new UnknownReference({ reference, problem: `${problem} (in feature service ${name})`, candidates })),
    { discard: true }
  )

/** Whether storage answers, and still holds the groups as they are served. */
const storageCheck = <R>(registry: FeatureRegistry<R>, repository: FeatureRepository["Type"]): Check =>
  Effect.match(repository.registered, {
    onFailure: () => "does not answer",
    onSuccess: (registered) =>
      planRegistry(registry, registered).some(({ change }) => change === "new" || change === "changed")
        ? "the groups that are served are not registered"
        : null
  })

const documentRoute = (name: string, template: string): Route => ({
  name,
  method: "GET",
  template,
  access: "read",
  hasBody: false,
  anyContentType: false
})

/** The reading routes, in front of the platform's router: at a fraction of its cost, by the same functions. */
export const frontOf = (
  reads: Reads
): ReadonlyMap<string, (admitted: Admitted) => Effect.Effect<WholeReply, Problem>> => {
  const decodePath = decoder(MarketPath)
  return new Map([
    ["getOnlineFeatures", ({ body }: Admitted) => Effect.map(reads.online(body), jsonReply)],
    ["getFeatures", ({ body }: Admitted) => Effect.map(reads.features(body), jsonReply)],
    [
      "getMarketFeatures",
      ({ params, query }: Admitted) =>
        Effect.map(
          // nearly every name is one, and to see that takes less than to decode it
          isMarketId(params.market)
            ? reads.marketFeatures(params.market, query)
            : Effect.flatMap(decodePath(params, 0), ({ market }) => reads.marketFeatures(market, query)),
          jsonReply
        )
    ]
  ])
}

/**
 * The feature server over the feature store around it: it answers from the moment this returns until the scope closes,
 * which lets what is under way be answered.
 */
export const featureServer = <R>({
  checks = {},
  onAnswered,
  registry,
  services = {},
  settings,
  tokens = noTokens,
  traces = false
}: FeatureServerOptions<R>): Effect.Effect<
  Listening,
  ListenFailed | UnprotectedAddress | UnknownReference,
  FeatureStore | FeatureRepository | MarketClock | Telemetry | Scope.Scope
> =>
  Effect.gen(function*() {
    yield* demandProtection(settings.host, tokens)
    yield* resolveServices(registry, services)
    const store = yield* FeatureStore
    const telemetry = yield* Telemetry
    const { served, show } = servingMetrics(telemetry)
    const metrics = requestMetrics(telemetry)
    const listener = yield* makeListener(settings, metrics)
    const offer = {
      services,
      everything: registry.groups.filter((group) => group.enabled && group.isDefault).map((group) => group.name),
      maxMarkets: settings.maxMarkets,
      maxFeatures: settings.maxFeatures
    }
    const reads = yield* makeReads(offer, settings.maxDepth, served)
    const readiness = yield* makeReadiness({ storage: storageCheck(registry, yield* FeatureRepository), ...checks })
    const routed = yield* featureRouter({
      reads,
      push: yield* makePush(registry.groups, settings.maxDepth),
      changes: makeChanges({ offer, reads, settings, stopping: listener.stopping }),
      registry,
      services,
      operations: { readiness, registry: telemetry, beforeMetrics: Effect.map(store.cacheUse, show) },
      maxDepth: settings.maxDepth
    })
    const front = frontOf(reads)
    const answer: Answer = (admitted, deliver) =>
      front.get(admitted.route.name)?.(admitted) ??
        routed(admitted, deliver)
    const handler = yield* makeGate({
      ...settings,
      routes: [
        ...routesOf(FeatureServerApi),
        documentRoute("openapi", "/openapi.json"),
        documentRoute("docs", "/docs")
      ],
      answer: traces ? traced(answer) : answer,
      tokens,
      metrics,
      onAnswered,
      closed: listener.closed
    })
    return yield* listener.listen(handler)
  })
