// How the protocols stack: every binding in one place, read top to bottom like a frame. A VLAN tag's type is looked up under `eth.type` too.
import {AOE_ETHERTYPE, aoe} from './aoe.js';
import {arp} from './arp.js';
import {bind} from './bind.js';
import {fcType} from './fc.js';
import {els} from './fc-els.js';
import {FCOE_ETHERTYPE, fcoe} from './fcoe.js';
import {fcpCommand} from './fcp.js';
import {FIP_ETHERTYPE, fip} from './fip.js';
import {icmp, icmpv6} from './icmp.js';
import {ipv4} from './ipv4.js';
import {ipv6} from './ipv6.js';
import {bhs, iscsiPort} from './iscsi.js';
import {MAC_CONTROL_ETHERTYPE, macControl} from './mac-control.js';
import {MPLS_ETHERTYPE, MPLS_MULTICAST_ETHERTYPE, mpls} from './mpls.js';
import {STAMP_ETHERTYPE, stamp} from './stamp.js';
import {tcp} from './tcp.js';
import {udp} from './udp.js';
import {SERVICE_ETHERTYPE, serviceTag, VLAN_ETHERTYPE, vlan} from './vlan.js';

bind('eth.type', 0x0800, ipv4);
bind('eth.type', 0x0806, arp);
bind('eth.type', VLAN_ETHERTYPE, vlan);
bind('eth.type', SERVICE_ETHERTYPE, serviceTag);
bind('eth.type', 0x86dd, ipv6);
bind('eth.type', MAC_CONTROL_ETHERTYPE, macControl);
bind('eth.type', MPLS_ETHERTYPE, mpls);
bind('eth.type', MPLS_MULTICAST_ETHERTYPE, mpls);
bind('eth.type', AOE_ETHERTYPE, aoe);
bind('eth.type', FCOE_ETHERTYPE, fcoe);
bind('eth.type', FIP_ETHERTYPE, fip);
// others use this EtherType too: the dissector looks for the magic number first
bind('eth.type', STAMP_ETHERTYPE, stamp);

bind('ip.proto', 1, icmp);
bind('ip.proto', 4, ipv4);
bind('ip.proto', 6, tcp);
bind('ip.proto', 17, udp);
bind('ip.proto', 41, ipv6);
bind('ip.proto', 58, icmpv6);

bind('ip.version', 4, ipv4);
bind('ip.version', 6, ipv6);

bind('fc.type', fcType.els, els);
// the information unit is told by R_CTL
bind('fc.type', fcType.fcp, fcpCommand);

bind('tcp.port', iscsiPort, bhs);
