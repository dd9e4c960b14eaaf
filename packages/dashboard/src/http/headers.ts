/** Where an answer may load from: `bull-board` also takes inline styles, as its interface sets them. */
export type ContentPolicy = 'own' | 'bull-board';

const OWN = ['script-src', 'img-src', 'connect-src', 'font-src'].map((kind) => `${kind} 'self'`);

function contentPolicy(policy: ContentPolicy): string {
  const styles = policy === 'bull-board' ? "style-src 'self' 'unsafe-inline'" : "style-src 'self'";
  const ends = ["base-uri 'self'", "form-action 'self'", "frame-ancestors 'none'"];
  return ["default-src 'none'", ...OWN, styles, ...ends].join('; ');
}

/**
 * Headers of every answer, in lower case. No-referrer is for all but forms: a page with forms sets
 * `same-origin` by a meta element, because browsers send `Origin: null` otherwise.
 */
export function securityHeaders(policy: ContentPolicy): Readonly<Record<string, string>> {
  return {
    'content-security-policy': contentPolicy(policy),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'x-frame-options': 'DENY',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  };
}
