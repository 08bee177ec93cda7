// The wire tables the AoE tests build their frames from, in one import.
export {AOE_ETHERTYPE, ATA_DATA_AT, aoe, aoeAtaRequest, aoeAtaResponse, aoeConfig, aoeMask, aoeMaskDirective, aoeReserve} from '../../../src/wire/aoe.js';
export type {ReprOf} from '../../../src/wire/header.js';
