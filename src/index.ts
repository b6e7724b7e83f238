// Instants, markets and events
export type {
  BookSide,
  EventBody,
  EventKind,
  GapScope,
  Interruption,
  MarketEvent,
  MarketSnapshot,
  NewsDocument,
  RawLevels,
  TimedEvent
} from "./domain/Event.js"
export { decodeEventLine } from "./domain/EventLine.js"
export { formatInstant, Instant, InstantFromInput, isInstant, parseInstant } from "./domain/Instant.js"
export { isMarketId, MarketId } from "./domain/MarketId.js"
export { fromUnits, toUnits } from "./domain/Price.js"
export type { FieldProblem } from "./domain/problems.js"

// What computers ask a context for
export { Input } from "./state/inputs.js"
export {
  type BookView,
  MarketSnapshots,
  type MarketStanding,
  MarketStates,
  type MarketViews,
  NewsFeed,
  type NewsView,
  OrderBooks,
  PriceHistory,
  type PriceView,
  type SnapshotView
} from "./state/views.js"

// Computers, registry, vectors
export { Market as MarketComputer } from "./computers/market.js"
export { Orderbook as OrderbookComputer } from "./computers/orderbook.js"
export { PriceHistory as PriceHistoryComputer } from "./computers/priceHistory.js"
export { Sentiment as SentimentComputer } from "./computers/sentiment.js"
export { standardComputers } from "./computers/standard.js"
export { Temporal as TemporalComputer } from "./computers/temporal.js"
export * as FeatureComputer from "./features/FeatureComputer.js"
export * as FeatureRegistry from "./features/FeatureRegistry.js"
export {
  type FeatureValue,
  FeatureVector,
  type GroupAnswer,
  type ScalarValue,
  type Status
} from "./features/FeatureVector.js"
export type { Fingerprint } from "./features/fingerprint.js"
export type { ComputedGroup, ExternalGroup, FieldType, Group, GroupFeature } from "./features/Group.js"
export { Reason, type ReasonCode, reasonOf } from "./features/Reason.js"
export { type Column, UnknownReference } from "./features/reference.js"
export type { Cell, Reading } from "./features/Row.js"

// Contexts: live and historical
export { HistoricalContext, LiveContext } from "./context/contexts.js"
export { HistoricalClock, ReplayControl } from "./context/HistoricalClock.js"
export { Ingest } from "./context/Ingest.js"
export { LiveClock } from "./context/LiveClock.js"
export { LiveMarketSource } from "./context/LiveMarketSource.js"
export { MarketClock } from "./context/MarketClock.js"
export { type MarketHandle, MarketSource } from "./context/MarketSource.js"
export { SnapshotSource } from "./context/SnapshotSource.js"

// The store and its storage
export { asOfJoin, type JoinedColumns } from "./store/asOfJoin.js"
export {
  type Appended,
  type EventBatch,
  EventLog,
  type ImportedFile,
  type ImportResult,
  type LogEntry,
  type LogRange,
  type LogRead,
  type MarketColumns,
  type MarketSummary,
  type MixedColumns,
  type QuoteBatch
} from "./store/EventLog.js"
export {
  type ChunkPlace,
  type Coverage,
  type EncodedChunk,
  type ExternalRow,
  type ExternalValue,
  FeatureRepository,
  type GroupKey,
  type MaterialisedChunk,
  type RegisteredGroup,
  type ServedAnswer
} from "./store/FeatureRepository.js"
export {
  type CacheUse,
  type ExternalFeature,
  ExternalRejected,
  FeatureStore,
  type Materialized,
  type MaterializeRequest
} from "./store/FeatureStore.js"
export { type Compacted, type CompactRequest, LogMaintenance } from "./store/LogMaintenance.js"
export { layer as featureStoreLayer } from "./store/makeFeatureStore.js"
export { type PlannedGroup, planRegistry, registerGroups, RegistryConflict } from "./store/registerGroups.js"
export { type SpineColumns, type SpineRow } from "./store/spineColumns.js"
export { type Backup, backup as backupDatabase, type BackupRequest } from "./store/sqlite/backup.js"
export { DatabaseHealth, type Health, type Sizes } from "./store/sqlite/DatabaseHealth.js"
export * as SqliteStorage from "./store/sqlite/SqliteStorage.js"
export { StorageFailure } from "./store/StorageFailure.js"

// The language-model strategy, and the journal that explains decisions
export { layer as marketDescriptionsLayer, MarketDescriptions } from "./context/MarketDescriptions.js"
export { decisionId, DecisionJournal, type KeptDecision } from "./strategy/DecisionJournal.js"
export type { Answer, Completion } from "./strategy/llm/answer.js"
export { CompletionFailed, type CompletionReason, Completions } from "./strategy/llm/Completions.js"
export type { Prompt } from "./strategy/llm/prompt.js"
export { RecordingRejected, recordLayer, replayLayer } from "./strategy/llm/recording.js"
export { LlmSettings, type ModelSettings, type NamedModel } from "./strategy/llm/settings.js"
export { llmPrediction } from "./strategy/llmPrediction.js"

// Training sets
export { buildDataset, type BuiltDataset, type DatasetRequest, type SpineRequest } from "./dataset/buildDataset.js"
export type { Batch, Cell as DatasetCell, ColumnType } from "./dataset/columns.js"
export type { DatasetFormat } from "./dataset/DatasetFormat.js"
export { DatasetRefused } from "./dataset/DatasetRefused.js"
export type { Manifest, ManifestColumn } from "./dataset/Manifest.js"
export { type OpenDataset, openDataset } from "./dataset/openDataset.js"
export { type NumberColumn, type ReadDataset, readDataset, type TextColumn } from "./dataset/readDataset.js"
export { type PartFile, splitDataset, type SplitReport, type SplitRequest } from "./dataset/splitDataset.js"

// Threads that compute: materialisation, datasets and audits on several processors
export { featureWorker } from "./parallel/featureWorker.js"
export { featureWorkers, type FeatureWorkersOptions } from "./parallel/featureWorkers.js"
export { standardWorker } from "./parallel/standardWorker.js"
export { WorkerFailure } from "./parallel/WorkerFailure.js"
export type { WorkerPool } from "./parallel/WorkerPool.js"

// Configuration, import, audit
export type { Difference, EventPlace, Side } from "./audit/difference.js"
export {
  auditDrift,
  type DriftCheck,
  driftedIn,
  type DriftOfFeature,
  type DriftOptions,
  type DriftReference,
  DriftRefused,
  type DriftReport,
  type DriftSide
} from "./audit/drift.js"
export type { KolmogorovSmirnov } from "./audit/kolmogorovSmirnov.js"
export { auditLookahead, type LookaheadOptions, type LookaheadReport } from "./audit/lookahead.js"
export type { LookaheadCheck, LookaheadFinding } from "./audit/lookaheadOfMarket.js"
export type { Sampling } from "./audit/moments.js"
export { auditParity, auditParityWithServices, type ParityOptions, type ParityReport } from "./audit/parity.js"
export type { OwnServices } from "./audit/recompute.js"
export type { ServedParity } from "./audit/servedParity.js"
export {
  auditWarmup,
  type WarmupLengths,
  type WarmupOfFeature,
  type WarmupOptions,
  type WarmupReport
} from "./audit/warmup.js"
export type { WarmupCheck, WarmupFinding } from "./audit/warmupOfMarket.js"
export { ConfigProblem, ConfigRejected } from "./config/ConfigRejected.js"
export type {
  ExternalGroupConfig,
  FeatureStoreConfig,
  GroupConfig,
  VersionConfig
} from "./config/FeatureStoreConfig.js"
export { loadConfig } from "./config/loadConfig.js"
export type { Environment } from "./config/overrides.js"
export { type ColumnMapping, parseColumnMapping } from "./importer/ColumnMapping.js"
export {
  type ImportFailure,
  importFile,
  importFiles,
  type ImportOptions,
  type ImportProgress,
  type ImportReport
} from "./importer/importFiles.js"
export { ImportRejected } from "./importer/ImportRejected.js"
export { SourceFailure } from "./importer/SourceFailure.js"

// Strategies: what they are, how they are driven live, and the ones that come with the project
export { marketPrice } from "./strategy/marketPrice.js"
export { meanReversion, MeanReversionSettings } from "./strategy/meanReversion.js"
export { type Holding, Portfolio } from "./strategy/Portfolio.js"
export { type LiveOptions, type LiveRound, runLive } from "./strategy/runLive.js"
export type { Decision, Evidence, Forecast, Order, Outcome, Pass, Signal } from "./strategy/Signal.js"
export { SignalSink } from "./strategy/SignalSink.js"
export { noSignals, type Strategy } from "./strategy/Strategy.js"

// Backtests
export { Account, type AccountTerms, type Execution, type Fill, TradedMarket } from "./backtest/Account.js"
export { backtest, type BacktestOptions } from "./backtest/backtest.js"
export type { BacktestReport, Distribution, MarketResult } from "./backtest/BacktestReport.js"
export type { Offers, Unfilled } from "./backtest/fills.js"
export {
  type CalibrationBin,
  type EventMean,
  type ForecastScores,
  forecastScores,
  type ResolvedForecast
} from "./backtest/forecastScores.js"
export { HindsightRefused } from "./backtest/HindsightRefused.js"
export type { OrderResult } from "./backtest/orderResult.js"
export { BacktestSettings, termsOf as accountTerms } from "./backtest/settings.js"

// The feature server, its client, and what a process without features serves
export { featureServer, type FeatureServerOptions } from "./server/featureServer.js"
export {
  type FeatureStoreClient,
  type FeatureStoreClientOptions,
  makeFeatureStoreClient
} from "./server/FeatureStoreClient.js"
export type { Answered } from "./server/gate.js"
export { ListenFailed, type Listening, UnprotectedAddress } from "./server/listen.js"
export { opsServer, type OpsServerOptions } from "./server/opsServer.js"
export { Problem } from "./server/Problem.js"
export type { Check, Checks } from "./server/readiness.js"
export { FeatureServices, ServerSettings } from "./server/settings.js"
export { noTokens, type Tokens } from "./server/tokens.js"
