// What an iSCSI data plane is given and what it tells: plain data, so that both can pass between threads.

export interface IscsiPlaneSpec {
	host: string;
	/** 0 = any free port. */
	port: number;
	iqn: string;
	/** LUN n is the n-th file. */
	files: readonly string[];
	readOnly: boolean;
	sync: boolean;
}

export interface IscsiPlaneStats {
	/** Where it listens. */
	host: string;
	port: number;
	counters: Readonly<Record<string, number>>;
}
