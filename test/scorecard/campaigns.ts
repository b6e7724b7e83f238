import type { Campaign } from "./Campaign.js"
import { clockJumps } from "./clockJumps.js"
import { disorder } from "./disorder.js"
import { failingStorage } from "./failingStorage.js"
import { fullDisk } from "./fullDisk.js"
import { killCompaction } from "./killCompaction.js"
import { killImport } from "./killImport.js"
import { killIngest } from "./killIngest.js"
import { killMaterialise } from "./killMaterialise.js"
import { lookAhead } from "./lookAhead.js"
import { parity } from "./parity.js"
import { venueFaults } from "./venueFaults.js"
import { walDamage } from "./walDamage.js"

/** All campaigns, in the order of the table. */
export const campaignsOf = (_soakMinutes: number): ReadonlyArray<Campaign> => [
  killIngest,
  killImport,
  killMaterialise,
  killCompaction,
  walDamage,
  fullDisk,
  clockJumps,
  disorder,
  failingStorage,
  venueFaults,
  lookAhead,
  parity
]
