// Names for what the kernel counts by number: namespaces by inode, interfaces by index within one. Asked for as soon as a number is first seen, and kept:
// an interface or a namespace may be gone a moment later, its name still says where the frames were lost.
import {interfaceName} from '../../sys/interface.js';
import {inNamespace, type NamedNamespace, namedNamespaces, ownNamespace, processNamespaces} from '../../sys/namespace-visit.js';

export interface Names {
	/** `self`, a name of `ip netns`, or `net:[inode]`; '' for 0. */
	namespace(inode: number): string;
	/** '' when the interface cannot be found. */
	iface(inode: number, ifindex: number): string;
}

/** Looks things up in the running kernel. */
export class KernelNames implements Names {
	readonly #own = ownNamespace();
	#namespaces = new Map<number, NamedNamespace>();
	readonly #interfaces = new Map<string, string>();
	/** Not found before: a scan of /proc for each reading would cost more than the name is worth. */
	readonly #hopeless = new Set<number>();

	#find(inode: number): NamedNamespace | undefined {
		const known = this.#namespaces.get(inode);
		if (known !== undefined || this.#hopeless.has(inode)) return known;
		const found = namedNamespaces().find(namespace => namespace.inode === inode) ?? processNamespaces().find(namespace => namespace.inode === inode);
		if (found === undefined) this.#hopeless.add(inode);
		else this.#namespaces.set(inode, found);
		return found;
	}

	namespace(inode: number): string {
		if (inode === 0) return '';
		if (inode === this.#own) return 'self';
		return this.#find(inode)?.name || `net:[${inode}]`;
	}

	iface(inode: number, ifindex: number): string {
		if (inode === 0 || ifindex === 0) return '';
		const key = `${inode}/${ifindex}`;
		const known = this.#interfaces.get(key);
		if (known !== undefined) return known;
		let name: string | undefined;
		try {
			const path = this.#find(inode)?.path;
			// a process id may be somebody else's by now
			const visit = () => (ownNamespace() === inode ? interfaceName(ifindex) : undefined);
			name = inode === this.#own ? interfaceName(ifindex) : path === undefined ? undefined : inNamespace(path, visit);
		} catch {
			// it went away between the two, or it is not ours to enter
		}
		if (name !== undefined) this.#interfaces.set(key, name);
		return name ?? '';
	}
}
