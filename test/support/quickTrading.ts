/** Settings with which `mean-reversion` trades within seconds of its start. */
export const quickTrading = `[feature_store.features]
price_history = { version = "1.0", window_secs = 60, min_coverage_secs = 1 }
[feature_store.strategy.mean_reversion]
interval_secs = 1
entry_z = 0.3
min_volatility = 0
max_spread = 0.1
`
