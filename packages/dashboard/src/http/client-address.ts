import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { isLoopback } from './origin.ts';

/** Addresses of private networks: a proxy may be there. */
const PRIVATE = new BlockList();
for (const [network, bits] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
] as const)
  PRIVATE.addSubnet(network, bits, 'ipv4');
PRIVATE.addSubnet('fc00::', 7, 'ipv6');
PRIVATE.addSubnet('fe80::', 10, 'ipv6');

/**
 * Whom failed logins are counted for: the peer, or the last address of X-Forwarded-For where the peer is of
 * this machine or a private network, as a proxy is. An IPv6 client counts by its /64.
 */
export function clientAddress(request: Pick<IncomingMessage, 'headers' | 'socket'>): string {
  const peer = plain(request.socket.remoteAddress ?? '');
  const said = request.headers['x-forwarded-for'];
  const last = plain((Array.isArray(said) ? said.join(',') : (said ?? '')).split(',').at(-1)?.trim() ?? '');
  return network(mayBeProxy(peer) && isIP(last) !== 0 ? last : peer);
}

const plain = (address: string) => address.replace(/^::ffff:(?=\d+\.)/i, '');

function mayBeProxy(peer: string): boolean {
  return isLoopback(peer) || PRIVATE.check(peer, isIP(peer) === 6 ? 'ipv6' : 'ipv4');
}

function network(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail = ''] = address.split('::');
  const groups = head.split(':').filter((group) => group !== '');
  const rest = tail.split(':').filter((group) => group !== '');
  const zeros = address.includes('::') ? Array(Math.max(0, 8 - groups.length - rest.length)).fill('0') : [];
  return `${[...groups, ...zeros, ...rest].slice(0, 4).join(':')}::/64`;
}
