// Loaded before netstress: from here on it believes to be on FreeBSD, where there is no AF_PACKET, no /proc/net and no libc.so.6. What has a native part, and picks it by
// the platform, is loaded before; a package that is not there is what netstress meets as well.
for (const name of ['@node-rs/crc32', 'koffi', 'cap']) await import(name).catch(() => undefined);
Object.defineProperty(process, 'platform', {value: 'freebsd'});

export {};
