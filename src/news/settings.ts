import { Schema } from "effect"

const setting = <A, I>(key: string, schema: Schema.Schema<A, I>, fallback: A) =>
  Schema.optionalWith(schema, { exact: true, default: () => fallback }).pipe(Schema.fromKey(key))
const seconds = (least: number, most: number) =>
  Schema.Finite.pipe(Schema.between(least, most, { description: `seconds within ${least}..${most}` }))
const whole = (least: number, most: number, unit: string) =>
  Schema.Int.pipe(Schema.between(least, most, { description: `whole ${unit} within ${least}..${most}` }))

const SourceName = Schema.String.pipe(
  Schema.pattern(/^[a-z][a-z0-9_]{0,63}$/u, { description: "a name of a-z, 0-9 and _ that starts with a letter" })
)

const FeedSettings = Schema.Struct({
  /** of an RSS, Atom, RDF or JSON feed */
  url: Schema.String.pipe(
    Schema.pattern(/^https?:\/\/[^\s#@]+$/u, {
      description: "a URL that starts with http:// or https://, without user"
    })
  ),
  /** between two polls */
  intervalSecs: setting("interval_secs", seconds(10, 86_400), 300)
})
export type FeedSettings = typeof FeedSettings.Type

/** The keys of `[feature_store.news]`. */
export const NewsSettings = Schema.Struct({
  /** by the name that is the source of their documents */
  feeds: setting("feeds", Schema.Record({ key: SourceName, value: FeedSettings }), {}),
  /** by a glob over market ids and slugs, the first that matches counts: one of these words or phrases must be there */
  keywords: setting(
    "keywords",
    Schema.Record({
      key: Schema.NonEmptyString.annotations({ description: "a market id or slug, or a glob over them" }),
      value: Schema.NonEmptyArray(
        Schema.String.pipe(Schema.pattern(/[\p{L}\p{N}]/u, { description: "a keyword with a letter or digit" }))
      ).annotations({ description: "a list of at least one keyword" })
    }),
    {}
  ),
  /** words of its question that a document must hold to be about a market without keywords of its own */
  minQuestionWords: setting("min_question_words", whole(1, 20, "words"), 2),
  /** older documents, by their own date, are not taken: the first poll of a feed brings its past */
  maxAgeSecs: setting("max_age_secs", seconds(60, 31 * 86_400), 86_400),
  /** failed polls in a row after which a source counts as down */
  outageAfter: setting("outage_after", whole(1, 100, "polls"), 3),
  /** whether documents are taken by POST as well; needs FEATURE_STORE_NEWS_TOKEN */
  webhook: setting("webhook", Schema.Boolean.annotations({ description: "true or false" }), false),
  /** on 127.0.0.1; 0 takes any free one */
  webhookPort: setting("webhook_port", whole(0, 65_535, "port"), 8788)
})
export type NewsSettings = typeof NewsSettings.Type
