import { createHash, timingSafeEqual } from 'node:crypto';

const digest = (text: string) => createHash('sha256').update(text, 'utf8').digest();

/** A check that takes the same time for every wrong password. */
export function passwordCheck(password: string): (tried: string) => boolean {
  const right = digest(password);
  return (tried) => timingSafeEqual(digest(tried), right);
}

/** The password of `Authorization: Basic`, whatever the user; undefined when there is none to read. */
export function basicPassword(authorization: string | undefined): string | undefined {
  const [, encoded] = /^basic +([A-Za-z0-9+/=_-]+) *$/i.exec(authorization ?? '') ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : text.slice(colon + 1);
}
