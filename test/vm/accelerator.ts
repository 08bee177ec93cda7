// Software emulation unless KVM is asked for and proves itself: /dev/kvm may be there and still unable to run an ordinary kernel.
import {createLab} from '../../src/lab/lab.js';
import {type Accelerator, boot} from './guest.js';
import type {Image} from './image.js';

let known: Accelerator | undefined;

/** `kvm` when NETSTRESS_VM_ACCEL says so and a probe boot succeeds within 20 s, else `tcg`. */
export async function accelerator(image: Image): Promise<Accelerator> {
	known ??= process.env.NETSTRESS_VM_ACCEL === 'kvm' && (await kvmBoots(image)) ? 'kvm' : 'tcg';
	return known;
}

async function kvmBoots(image: Image): Promise<boolean> {
	const lab = await createLab({hosts: ['probe'], links: []}, {prefix: `netstress-vm${process.pid}-kvm`});
	try {
		const host = lab.host('probe');
		await host.run('ip', ['tuntap', 'add', 'dev', 'tap0', 'mode', 'tap']);
		const place = {name: 'probe', folder: lab.folder, tap: 'tap0', mac: '02:6e:73:00:01:00', address: '10.77.0.11', mtu: 1500};
		await boot({...place, image, host, accelerator: 'kvm', script: 'say alive 1', seconds: 20}).finished();
		return true;
	} catch {
		return false;
	} finally {
		await lab.close();
	}
}
