import { lookup as systemLookup } from 'node:dns';
import { BlockList, isIP, isIPv4, isIPv6, type LookupFunction } from 'node:net';
import { OutgoingError } from './outgoing-error.ts';

/**
 * Where outgoing calls may go (G-23). Customers choose webhook URLs, so a target could be our own database, a cloud's
 * metadata service or a router next door. The URL is checked before anything is sent, and the addresses of its name are
 * checked where they are used, in the look-up of the very connection: a name that points elsewhere a moment later
 * (DNS rebinding) gains nothing.
 */
export interface ResolvedAddress {
  address: string;
  family: 4 | 6;
}

export type ResolveAddresses = (hostname: string) => Promise<ResolvedAddress[]>;

export interface TargetGuardOptions {
  /**
   * What is reachable although it is private (setting `WEBHOOK_ALLOWED_PRIVATE_HOSTS`): host names, addresses, or ranges
   * such as `10.1.0.0/16`. Plain HTTP is allowed to these as well.
   */
  allowedPrivateHosts?: readonly string[];
  /** Default: the operating system's resolver. */
  resolve?: ResolveAddresses;
}

export interface TargetGuard {
  /** Throws OutgoingError `refused_target` when the URL is forbidden whatever its name resolves to. */
  checkUrl(url: string): URL;
  /** Look-up for `net.connect` that only gives addresses which may be connected to. */
  readonly lookup: LookupFunction;
}

/** IPv4 ranges that are not the public internet (IANA special-purpose registry), and Azure's metadata service. */
const FORBIDDEN_IPV4 = (
  '0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 ' +
  '192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 168.63.129.16/32'
).split(' ');

/** Within IPv6 only global unicast is public; these parts of it are tunnels, documentation and protocol assignments. */
const PUBLIC_IPV6 = '2000::/3';
const FORBIDDEN_IPV6 = '2001::/23 2001:db8::/32 2002::/16 3fff::/20'.split(' ');
/** NAT64: the IPv4 address of the target stands in the last 32 bits and decides. */
const NAT64_PREFIX = '64:ff9b::/96';

const forbidden = rangeList([...FORBIDDEN_IPV4, ...FORBIDDEN_IPV6]);
const publicIpv6 = rangeList([PUBLIC_IPV6]);
const nat64 = rangeList([NAT64_PREFIX]);

/** Whether the address belongs to the public internet; loopback, private, mapped and unreadable ones do not. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !forbidden.check(address, 'ipv4');
  if (!isIPv6(address) || address.includes('%')) return false;
  if (nat64.check(address, 'ipv6')) return isPublicAddress(lastFourBytes(address));
  return publicIpv6.check(address, 'ipv6') && !forbidden.check(address, 'ipv6');
}

export function createTargetGuard(options: TargetGuardOptions = {}): TargetGuard {
  const entries = (options.allowedPrivateHosts ?? []).map((entry) => entry.trim().toLowerCase()).filter(Boolean);
  const allowedNames = new Set(entries.filter((entry) => !isRange(entry)));
  const allowedRanges = rangeList(entries.filter(isRange));
  const resolve = options.resolve ?? resolveWithSystem;

  function isAllowedAddress(address: string): boolean {
    return isPublicAddress(address) || isInAllowedRange(address);
  }
  function isInAllowedRange(address: string): boolean {
    const family = isIP(address);
    return family !== 0 && allowedRanges.check(address, family === 4 ? 'ipv4' : 'ipv6');
  }

  async function permittedAddresses(hostname: string): Promise<ResolvedAddress[]> {
    const addresses = await resolve(hostname);
    if (allowedNames.has(hostname.toLowerCase())) return addresses;
    // One forbidden address among public ones is the mark of an attack; nobody honest publishes such a name.
    if (addresses.every(({ address }) => isAllowedAddress(address))) return addresses;
    throw refused('The name leads to a private or reserved address.');
  }

  return {
    checkUrl(text) {
      const url = parseUrl(text);
      const host = url.hostname.replace(/^\[|\]$/g, '');
      const isListed = allowedNames.has(host) || isInAllowedRange(host);
      if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isListed)) throw refused('Use an https URL.');
      if (isIP(host) !== 0 && !isAllowedAddress(host)) throw refused('The address is private or reserved.');
      return url;
    },
    lookup(hostname, lookupOptions, callback) {
      permittedAddresses(hostname).then(
        (addresses) => answerLookup(hostname, addresses, lookupOptions.all === true, callback),
        (error: NodeJS.ErrnoException) => callback(error, ''),
      );
    },
  };
}

/** A URL whose parts mean to us what they mean to every other reader; used as it is for targets that we configure. */
export function parseUrl(text: string): URL {
  const url = URL.parse(text);
  if (!url) throw refused('This is not a URL.');
  if (url.username !== '' || url.password !== '') throw refused('Leave user name and password out of the URL.');
  // 0x7f.1, 2130706433 and 127.1 all become 127.0.0.1: who writes an address so wants to get past a check.
  const isUsualNotation = text.trim().toLowerCase().startsWith(`${url.protocol}//${url.hostname}`);
  if (isIP(url.hostname) === 4 && !isUsualNotation) throw refused('Write the address as four decimal numbers.');
  return url;
}

function answerLookup(
  hostname: string,
  addresses: ResolvedAddress[],
  all: boolean,
  callback: Parameters<LookupFunction>[2],
): void {
  const first = addresses[0];
  if (!first) callback(Object.assign(new Error(`No address for ${hostname}`), { code: 'ENOTFOUND' }), '');
  else if (all) callback(null, addresses);
  else callback(null, first.address, first.family);
}

function resolveWithSystem(hostname: string): Promise<ResolvedAddress[]> {
  return new Promise((resolve, reject) => {
    systemLookup(hostname, { all: true }, (error, addresses) => {
      if (error) reject(error);
      else resolve(addresses.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 })));
    });
  });
}

function refused(message: string): OutgoingError {
  return new OutgoingError('refused_target', message);
}

function isRange(entry: string): boolean {
  return isIP(entry.split('/', 1)[0]!) !== 0;
}

function rangeList(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address, prefix] = range.split('/') as [string, string | undefined];
    const family = isIPv4(address) ? 'ipv4' : 'ipv6';
    list.addSubnet(address, prefix === undefined ? (family === 'ipv4' ? 32 : 128) : Number(prefix), family);
  }
  return list;
}

/** The end of an IPv6 address as IPv4; it is written either `::a.b.c.d` or as two groups of four hexadecimal digits. */
function lastFourBytes(address: string): string {
  const tail = address.slice(address.lastIndexOf(':') + 1);
  if (isIPv4(tail)) return tail;
  const full = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const groups = full.split(':');
  const [high, low] = [groups.at(-2), groups.at(-1)].map((group) => Number.parseInt(group || '0', 16)) as [
    number,
    number,
  ];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
