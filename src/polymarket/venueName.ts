/** The source of this venue's events, and its name in metrics. */
export const polymarket = "polymarket"
