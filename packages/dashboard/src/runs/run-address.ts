/**
 * Where the page of a run is. `path`: the run's id, or an action below it (`<id>/cancel`). `place`: the number
 * of its place, where several have a run of its id.
 */
export function runAddress(base: string, path: string, place?: string | number): string {
  return `${base}/runs/${path}${place === undefined ? '' : `?place=${place}`}`;
}
