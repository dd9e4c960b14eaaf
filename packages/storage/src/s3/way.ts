/**
 * How a request that failed went: the address that was asked, and the proxy on the way. Neither holds a
 * secret.
 */
export interface Way {
  readonly origin: string;
  readonly proxy: string | undefined;
}

const ways = new WeakMap<object, Way>();

/** Remembers of an error how its request went. */
export function setWay(error: unknown, way: Way): void {
  if (typeof error === 'object' && error !== null) ways.set(error, way);
}

/**
 * The end of a sentence about an error: ` (http://store:9000, through the proxy http://proxy:3128)`; empty
 * where nothing is known.
 */
export function wayText(error: object): string {
  const way = ways.get(error);
  if (way === undefined) return '';
  return ` (${way.origin}${way.proxy === undefined ? '' : `, through the proxy ${way.proxy}`})`;
}
