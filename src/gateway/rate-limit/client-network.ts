import { isIPv4, isIPv6 } from 'node:net';

/** Where an unauthenticated request comes from, as far as it can be told apart. */
export interface ClientNetwork {
  /** What is counted as one client: an IPv4 address, or a /64 of IPv6, which is what one household or host gets. */
  network: string;
  /** The /16 of IPv4 or /32 of IPv6 around it: what one provider or attacker holds. */
  wider: string;
}

/** The network of an address as sockets and proxies write it; an IPv4 address in IPv6 clothes is IPv4. Anything that
 * is no address at all shares one network. */
export function clientNetwork(ipAddress: string): ClientNetwork {
  if (isIPv4(ipAddress)) return ipv4Network(ipAddress);
  const zone = ipAddress.indexOf('%');
  const address = zone < 0 ? ipAddress : ipAddress.slice(0, zone);
  if (!isIPv6(address)) return { network: 'unknown', wider: 'unknown' };
  const groups = ipv6Groups(address);
  const [high, low] = [groups[6]!, groups[7]!];
  if (groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0)) {
    return ipv4Network(`${high >> 8}.${high & 0xff}.${low >> 8}.${low & 0xff}`);
  }
  const text = groups.map((group) => group.toString(16));
  return { network: `${text.slice(0, 4).join(':')}::/64`, wider: `${text[0]}:${text[1]}::/32` };
}

function ipv4Network(address: string): ClientNetwork {
  return { network: address, wider: address.slice(0, address.indexOf('.', address.indexOf('.') + 1)) };
}

/** The eight groups of a valid IPv6 address. */
function ipv6Groups(address: string): number[] {
  const [front = '', back] = address.split('::');
  const head = parseGroups(front);
  if (back === undefined) return head;
  const tail = parseGroups(back);
  return [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

function parseGroups(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((part) => {
    if (!part.includes('.')) return [Number.parseInt(part, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = part.split('.').map(Number);
    return [(a << 8) | b, (c << 8) | d];
  });
}
