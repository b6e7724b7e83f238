import type { Campaign } from "./Campaign.js"
import { killCompaction } from "./killCompaction.js"
import { killImport } from "./killImport.js"
import { killIngest } from "./killIngest.js"
import { killMaterialise } from "./killMaterialise.js"

/** All campaigns, in the order of the table. */
export const campaignsOf = (_soakMinutes: number): ReadonlyArray<Campaign> => [
  killIngest,
  killImport,
  killMaterialise,
  killCompaction
]
