/** The settings that lead to a venue; the keys of `PolymarketSettings`. */
export const venueUrls = (authority: string) => ({
  gammaUrl: `http://${authority}/gamma`,
  clobUrl: `http://${authority}/clob`,
  dataUrl: `http://${authority}/data`,
  websocketUrl: `ws://${authority}/ws/market`
})
