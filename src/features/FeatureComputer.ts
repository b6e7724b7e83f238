import { Context, Duration, Effect, Either, Layer, Record as R, Schema, SchemaAST, type Scope } from "effect"
import type { Instant } from "../domain/Instant.js"
import type { MarketId } from "../domain/MarketId.js"
import { describeProblem, type FieldProblem, unknownField } from "../domain/problems.js"
import type { Input } from "../state/inputs.js"
import type { MarketStates, MarketViews } from "../state/views.js"
import { Cell, type Reading, type Row } from "./Row.js"

/** A pure, synchronous function of the instant that writes its group's cells. It allocates nothing and knows no Effect. */
export type Kernel = (at: Instant) => void

/** One output of a computer. */
export interface FeatureSpec {
  /** `USD`, `0..1`, `shares`, `s`, ... */
  readonly unit: string
  readonly description: string
  /** What this output needs: its value is STALE once the newest of these is older than max age. Empty: time alone. */
  readonly needs: ReadonlyArray<Input>
}

/** A computer whatever its types, as another computer names it as a dependency. */
export interface AnyComputer {
  readonly name: string
  readonly version: string
  readonly features: { readonly [name: string]: FeatureSpec }
}

export type Cells<Names extends string> = { readonly [Name in Names]: Cell }

/** A dependency's answer for the same instant. The dependency has been declared. */
export type Inputs = <C extends AnyComputer>(computer: C, feature: keyof C["features"] & string) => Reading

/** A computer with its parameters decoded and their type forgotten. */
export interface Configured<R> {
  /** as plain data, defaults filled in */
  readonly parameters: Readonly<Record<string, unknown>>
  /** how far back its windows reach, in milliseconds; 0 where it has none */
  readonly historyMillis: number
  /** Binds to a market: asks the context for what is needed, once; the kernel then costs no Effect. */
  readonly bind: (market: MarketId, row: Row, rowOf: RowOf) => Effect.Effect<Kernel, never, R>
  /** Binds over given states, with what stands in for services of the computer's own: how it is fingerprinted. */
  readonly bindProbe: (
    market: MarketId,
    row: Row,
    rowOf: RowOf
  ) => Effect.Effect<Kernel, never, MarketStates | MarketViews | Scope.Scope>
}

/** The row of a computer that is evaluated before. */
export type RowOf = (computer: AnyComputer) => Row

/** A group of features that are computed together. `R` are the services that its program asks a context for. */
export interface FeatureComputer<R> extends AnyComputer {
  /** how long a live answer may be given again while no new event arrives */
  readonly ttl: Duration.Duration
  /** the inputs that can change its outputs: they set its age, and end the life of its cached answers */
  readonly reads: ReadonlyArray<Input>
  readonly dependencies: ReadonlyArray<AnyComputer>
  readonly parameterSchema: Schema.Schema.AnyNoContext
  readonly configure: (parameters: unknown) => Either.Either<Configured<R>, FieldProblem>
}

interface Options<Names extends string, Parameters, Encoded, R> {
  /** Changes whenever any output changes for any input: values of different versions never mix. */
  readonly version: string
  readonly ttl: Duration.DurationInput
  readonly parameters: Schema.Schema<Parameters, Encoded>
  readonly features: { readonly [Name in Names]: FeatureSpec }
  readonly reads: ReadonlyArray<Input>
  /** How far back the windows reach; a run that starts later than this before an instant may answer otherwise. */
  readonly history?: (parameters: Parameters) => Duration.DurationInput
  /** Computers whose answers for the same instant this one reads. */
  readonly dependencies?: ReadonlyArray<AnyComputer>
  readonly bind: (
    market: MarketId,
    parameters: Parameters,
    out: Cells<Names>,
    inputs: Inputs
  ) => Effect.Effect<Kernel, never, R>
}

const cellsOf = <Names extends string>(features: { readonly [Name in Names]: FeatureSpec }, row: Row): Cells<Names> => {
  let index = 0
  return R.map(features, () => new Cell(row, index++))
}

const inputsOf = (rowOf: RowOf): Inputs => (computer, feature) =>
  new Cell(rowOf(computer), Object.keys(computer.features).indexOf(feature))

const PlainRecord = Schema.Record({ key: Schema.String, value: Schema.Unknown })

const isEmptyStruct = ({ ast }: Schema.Schema.AnyNoContext): boolean =>
  SchemaAST.isTypeLiteral(ast) && ast.propertySignatures.length === 0 && ast.indexSignatures.length === 0

const decodeParameters = <Parameters, Encoded>(
  schema: Schema.Schema<Parameters, Encoded>,
  raw: unknown
): Either.Either<Parameters, FieldProblem> => {
  // an empty struct would take any fields
  const [surplus] = isEmptyStruct(schema) && typeof raw === "object" && raw !== null ? Object.keys(raw) : []
  return surplus !== undefined
    ? Either.left(unknownField(surplus, []))
    : Either.mapLeft(
      Schema.decodeUnknownEither(schema, { onExcessProperty: "error" })(raw),
      (error) => describeProblem(error, raw)
    )
}

const configure = <Names extends string, Parameters, Encoded, Own, R extends MarketViews | Own>(
  options: Options<Names, Parameters, Encoded, R>,
  own: Layer.Layer<Own, never, MarketStates>,
  raw: unknown
): Either.Either<Configured<R>, FieldProblem> =>
  decodeParameters(options.parameters, raw).pipe(
    Either.map((parameters) => {
      const bind: Configured<R>["bind"] = (market, row, rowOf) =>
        options.bind(market, parameters, cellsOf(options.features, row), inputsOf(rowOf))
      const bindProbe: Configured<R>["bindProbe"] = (market, row, rowOf) =>
        Effect.zipWith(Effect.context<MarketViews>(), Layer.build(own), (views, mine) => Context.merge(views, mine))
          .pipe(
            Effect.flatMap((services) =>
              Effect.mapInputContext(bind(market, row, rowOf), (_: Context.Context<never>) => services)
            )
          )
      return {
        parameters: Schema.decodeUnknownSync(PlainRecord)(Schema.encodeSync(options.parameters)(parameters)),
        historyMillis: options.history === undefined ? 0 : Duration.toMillis(options.history(parameters)),
        bind,
        bindProbe
      }
    })
  )

/**
 * Declares a group of features whose program also asks for a service of its own, beyond the standard views. `own` builds
 * it over whatever states a context holds; the same layer goes into the live and the historical context.
 */
export const makeWithServices = <Names extends string, Parameters, Encoded, Own, R extends MarketViews | Own>(
  name: string,
  own: Layer.Layer<Own, never, MarketStates>,
  options: Options<Names, Parameters, Encoded, R>
): FeatureComputer<R> & { readonly features: { readonly [Name in Names]: FeatureSpec } } => ({
  name,
  version: options.version,
  ttl: Duration.decode(options.ttl),
  features: options.features,
  reads: options.reads,
  dependencies: options.dependencies ?? [],
  parameterSchema: options.parameters,
  configure: (raw) => configure(options, own, raw)
})

/**
 * Declares a group of features. `bind` runs once per market and context and asks for what it needs as services, so that a
 * context that lacks one does not compile; the kernel it yields answers for any instant the context has been moved to.
 *
 * @example
 * ```ts
 * import { FeatureComputer, fromUnits, OrderBooks, Reason } from "@polysniper/feature-store"
 * import { Effect, Schema } from "effect"
 *
 * export const Spread = FeatureComputer.make("spread", {
 *   version: "1.0",
 *   ttl: "5 seconds",
 *   parameters: Schema.Struct({}),
 *   features: { width: { unit: "USD", description: "best ask less best bid", needs: ["quote", "book", "price_change"] } },
 *   reads: ["quote", "book", "price_change"],
 *   bind: Effect.fnUntraced(function*(market, _parameters, out) {
 *     const { book } = yield* (yield* OrderBooks).of(market)
 *     return () => {
 *       const width = fromUnits(book.bestAsk() - book.bestBid())
 *       if (width > 0) out.width.known(width)
 *       else out.width.unknown(Reason.one_sided_book)
 *     }
 *   })
 * })
 * ```
 */
export const make = <Names extends string, Parameters, Encoded, R extends MarketViews>(
  name: string,
  options: Options<Names, Parameters, Encoded, R>
) => makeWithServices(name, Layer.empty, options)
