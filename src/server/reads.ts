import { Effect, Either } from "effect"
import type { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import { nearest } from "../domain/problems.js"
import type { FeatureVector } from "../features/FeatureVector.js"
import type { UnknownReference } from "../features/reference.js"
import { FeatureStore } from "../store/FeatureStore.js"
import type { StorageFailure } from "../store/StorageFailure.js"
import { bodyReader, queryReader } from "./decode.js"
import { FeaturesQuery, FeaturesRequest, OnlineRequest } from "./documents.js"
import { Problem } from "./Problem.js"
import { onlineRenderer, referenceOf } from "./renderOnline.js"
import { vectorRenderer } from "./renderVector.js"
import type { ServedTally } from "./ServedTally.js"
import type { FeatureServices } from "./settings.js"

/** What requests may ask for. */
export interface Offer {
  readonly services: FeatureServices
  /** what is meant where nothing is named: the default groups */
  readonly everything: ReadonlyArray<string>
  readonly maxMarkets: number
  readonly maxFeatures: number
}

type References = Either.Either<ReadonlyArray<string>, Problem>
interface Selection {
  readonly features?: ReadonlyArray<string> | null | undefined
  readonly feature_service?: string | null | undefined
}

const refuse = (detail: string) => Either.left(new Problem({ kind: "invalid_request", detail }))

/** Which references are meant: the ones named, those of a feature service, or all. */
export const selectionOf = (
  { everything, maxFeatures, services }: Offer,
  { feature_service: service, features }: Selection
): References => {
  if (features !== undefined && features !== null) {
    if (service !== undefined && service !== null) return refuse("name features or a feature_service, not both")
    return features.length > maxFeatures
      ? refuse(`features: at most ${maxFeatures} references in one request`)
      : Either.right(features)
  }
  if (service === undefined || service === null) return Either.right(everything)
  const found = Object.hasOwn(services, service) ? services[service] : undefined
  if (found !== undefined) return Either.right(found)
  const hint = nearest(service, Object.keys(services))
  return Either.left(
    new Problem({
      kind: "unknown_reference",
      detail: `there is no feature service of this name${hint === undefined ? "" : ` (${hint})`}`
    })
  )
}

/** The references of a query: comma-separated, in one parameter or several. */
export const listed = (texts: string | ReadonlyArray<string> | undefined): ReadonlyArray<string> | undefined =>
  texts === undefined
    ? undefined
    : typeof texts === "string"
    ? texts.split(",")
    : texts.flatMap((text) => text.split(","))

/** A failure of the store as what a client is told of it. */
export const problemOfFailure = (failure: UnknownReference | StorageFailure): Effect.Effect<never, Problem> =>
  failure._tag === "UnknownReference"
    ? new Problem({ kind: "unknown_reference", detail: failure.message })
    : Effect.zipRight(
      Effect.logError("storage failed a request").pipe(Effect.annotateLogs("failure", failure.message)),
      new Problem({ kind: "unavailable", detail: "storage does not answer", retryAfter: 1 })
    )

/** Added up and not joined: the text is put in one piece when it is sent, and would be twice. */
const vectorsText = (vectors: ReadonlyArray<string>): string => {
  let text = "{\"vectors\":["
  for (let i = 0; i < vectors.length; i++) text += (i === 0 ? "" : ",") + (vectors[i] ?? "")
  return `${text}]}`
}

/** The reading routes: what was sent to the text of the answer. Every way in calls these, so that all answer the same. */
export const makeReads = (offer: Offer, maxDepth: number, served: ServedTally) =>
  Effect.map(FeatureStore, (store) => {
    const renderVector = vectorRenderer(served)
    const renderOnline = onlineRenderer(served)

    const checked = <A extends object>(
      request: A,
      markets: ReadonlyArray<MarketId>,
      selection: Selection
    ): Either.Either<A & { readonly references: ReadonlyArray<string> }, Problem> =>
      markets.length > offer.maxMarkets
        ? refuse(`markets: at most ${offer.maxMarkets} in one request`)
        : Either.map(selectionOf(offer, selection), (references) => ({ ...request, references }))

    const readFeatures = bodyReader(
      FeaturesRequest,
      maxDepth,
      (request) => checked({ markets: request.markets, at: request.at }, request.markets, request)
    )
    const readQuery = queryReader(FeaturesQuery, ({ at, feature_service, features }) =>
      checked({ at }, [], { features: listed(features), feature_service }))
    const readOnline = bodyReader(OnlineRequest, maxDepth, (request) =>
      checked(
        { markets: request.entities.market, full: request.full_feature_names ?? false },
        request.entities.market,
        { ...request, features: request.features?.map(referenceOf) }
      ))

    const asked = (market: MarketId, references: ReadonlyArray<string>, at: Instant | undefined) =>
      at === undefined ? store.getCurrentFeatures(market, references) : store.getFeaturesAt(market, at, references)

    const vectorOf = (
      market: MarketId,
      references: ReadonlyArray<string>,
      at: Instant | undefined
    ): Effect.Effect<FeatureVector<unknown>, Problem> =>
      Effect.catchAll(asked(market, references, at), problemOfFailure)

    const textOf = (
      market: MarketId,
      references: ReadonlyArray<string>,
      at: Instant | undefined
    ): Effect.Effect<string, Problem> =>
      Effect.matchEffect(asked(market, references, at), {
        onFailure: problemOfFailure,
        onSuccess: (vector) => Effect.succeed(renderVector(vector))
      })

    /** `POST /features` */
    const features = (body: string): Effect.Effect<string, Problem> =>
      Effect.flatMap(readFeatures(body), ({ at, markets, references }) =>
        Effect.map(
          Effect.forEach(markets, (market) => textOf(market, references, at)),
          vectorsText
        ))

    /** `GET /features/{market}` */
    const marketFeatures = (market: MarketId, query: string): Effect.Effect<string, Problem> =>
      Effect.flatMap(readQuery(query), ({ at, references }) => textOf(market, references, at))

    /** `POST /get-online-features` */
    const online = (body: string): Effect.Effect<string, Problem> =>
      Effect.flatMap(readOnline(body), ({ full, markets, references }) =>
        Effect.flatMap(
          Effect.forEach(markets, (market) => vectorOf(market, references, undefined)),
          (vectors) => renderOnline(vectors, full)
        ))

    return { features, marketFeatures, online, vectorOf, renderVector }
  })
export type Reads = Effect.Effect.Success<ReturnType<typeof makeReads>>
