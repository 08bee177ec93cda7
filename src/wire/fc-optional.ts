// Optional headers between the FC-2 header and the payload, announced by DF_CTL (FC-FS-3 clause 10). VN2VN uses none.
import {u64} from './field.js';
import {header} from './header.js';

/** Network header (FC-FS-3 10.3), with DF_CTL bit 5: the world wide names that the addresses stand for. It is the first but for ESP. */
export const fcNetworkHeader = header('fc', 16, {'nethdr.da': u64(0, 'Network DA', {show: 'wwn'}), 'nethdr.sa': u64(8, 'Network SA', {show: 'wwn'})});

/** Bytes of all headers that a DF_CTL announces: ESP 8, network 16, association 32, device 16, 32 or 64 (FC-FS-3 table 35). */
export const optionalLength = (dfCtl: number): number =>
	((dfCtl & 0x40) === 0 ? 0 : 8) + ((dfCtl & 0x20) === 0 ? 0 : 16) + ((dfCtl & 0x10) === 0 ? 0 : 32) + ([0, 16, 32, 64][dfCtl & 3] as number);
