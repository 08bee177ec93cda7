// Boots a guest that would stay for ever, says its process's number, and waits to be killed. Run by guest.test.ts.
import {createLab} from '../../src/lab/lab.js';
import {boot} from './guest.js';
import {image} from './image.js';

const lab = await createLab({hosts: ['alone'], links: []});
const host = lab.host('alone');
await host.run('ip', ['tuntap', 'add', 'dev', 'tap0', 'mode', 'tap']);
const place = {name: 'guest', folder: lab.folder, tap: 'tap0', mac: '02:6e:73:00:01:00', address: '10.77.0.11', mtu: 1500};
const guest = boot({...place, image: image(), host, accelerator: 'tcg', script: 'say up 1; hear nothing'});
await guest.saw('up');
console.log(guest.pid);
