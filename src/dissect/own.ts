// Names that Wireshark does not have, chosen in its style (docs/fields.md says so; test/kernel/dissect/names.test.ts asks tshark).

/** `prefix.*` stands for everything below the prefix. */
export const ownNames: readonly string[] = [
	'aoe.config.*',
	'aoe.mask.*',
	'aoe.reserve.*',
	'aoe.identify',
	'aoe.identify.*',
	'aoe.data',
	'aoe.padding',
	'fc.analysis.*',
	'fc.fill',
	'fcels.logi.class',
	'fcels.logi.common',
	'fcels.prlilo.page',
	'fcels.rscn.page',
	'fcels.rtv.*',
	'fcoe.analysis.*',
	'fip.descriptor',
	'fip.descriptor.excess',
	'fip.padding',
	'ip.options',
	'netstress',
	'netstress.*',
	'iscsi.headerdigest.status',
	'iscsi.datadigest.status',
	'iscsi.data_padding',
	'iscsi.reject.header',
	'scsi.cdb',
	'scsi.data',
	'scsi.persresvin.capabilities.*',
	'scsi.persresvin.full_status.*',
	'scsi.reportluns.entry',
	'tcp.analysis.offloaded',
];

/** True for a name that is ours alone. */
export const isOwn = (name: string): boolean => ownNames.some(own => (own.endsWith('.*') ? name.startsWith(own.slice(0, -1)) : name === own));
