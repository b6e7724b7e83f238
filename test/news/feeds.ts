/** A feed in RSS with items `[guid, title]`. */
export const rss = (...items: ReadonlyArray<readonly [guid: string, title: string, more?: string]>): string =>
  "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>News</title><link>http://n</link><description>d</description>" +
  items.map(([guid, title, more = ""]) => `<item><guid>${guid}</guid><title>${title}</title>${more}</item>`).join("") +
  "</channel></rss>"
