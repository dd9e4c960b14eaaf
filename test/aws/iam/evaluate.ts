/**
 * What IAM decides about one request, by the policies of a role and of the resource: an explicit Deny wins, then
 * an Allow is needed (docs.aws.amazon.com/IAM: policy evaluation logic, within one account). Only what our
 * policies use is known; anything else throws, so that nothing passes unseen.
 */

/** One statement, with every name put in. */
export interface Statement {
  readonly Sid?: string | undefined;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action?: string | readonly string[] | undefined;
  readonly NotAction?: string | readonly string[] | undefined;
  readonly Resource?: string | readonly string[] | undefined;
  readonly NotResource?: string | readonly string[] | undefined;
  readonly Principal?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined;
}

/** One call of a role. */
export interface IamRequest {
  /** `service:Action`. */
  readonly action: string;
  /** An ARN. */
  readonly resource: string;
  /** Condition keys that the request has. */
  readonly context: Readonly<Record<string, string>>;
}

/** `denied`: by a statement. `not allowed`: by none that allows it. */
export type Verdict = 'allowed' | 'denied' | 'not allowed';

const many = (value: unknown): readonly string[] =>
  (Array.isArray(value) ? value : [value]).map((one) => String(one));

/** `*` is any text, `?` one character. */
export function matches(pattern: string, text: string, ignoreCase = false): boolean {
  const source = pattern.replaceAll(/[.*+?^${}()|[\]\\]/g, (found) =>
    found === '*' ? '.*' : found === '?' ? '.' : `\\${found}`,
  );
  return new RegExp(`^${source}$`, ignoreCase ? 'is' : 's').test(text);
}

type Operator = (actual: string, wanted: string) => boolean;

/** Of the operators that compare with a value. Null is apart: it asks whether there is one. */
const OPERATORS: Readonly<Record<string, Operator>> = {
  StringEquals: (actual, wanted) => actual === wanted,
  StringLike: (actual, wanted) => matches(wanted, actual),
  ArnEquals: (actual, wanted) => matches(wanted, actual),
  ArnLike: (actual, wanted) => matches(wanted, actual),
  Bool: (actual, wanted) => actual.toLowerCase() === wanted.toLowerCase(),
  NumericLessThan: (actual, wanted) => Number(actual) < Number(wanted),
};

/** True when one condition holds. A key that the request does not have fails all but Null, Not… and …IfExists. */
function holds(operator: string, key: string, values: unknown, context: IamRequest['context']): boolean {
  const actual = context[key];
  const wanted = many(values);
  if (operator === 'Null') return wanted.includes(String(actual === undefined));
  const ifExists = operator.endsWith('IfExists');
  const [, not = '', rest = ''] = /^(String|Arn)?(?:Not)?(.*)$/.exec(operator.replace(/IfExists$/, '')) ?? [];
  const isNegated = operator.startsWith(`${not}Not`);
  const compare = OPERATORS[`${not}${rest}`];
  if (compare === undefined) throw new Error(`no condition operator ${operator}`);
  if (actual === undefined) return ifExists || isNegated;
  return wanted.some((one) => compare(actual, one)) !== isNegated;
}

/** True when a statement is about a request: action, resource and all conditions. */
export function applies(statement: Statement, { action, resource, context }: IamRequest): boolean {
  const { Action, NotAction, Resource, NotResource, Condition = {} } = statement;
  const ofAction = (patterns: unknown) => many(patterns).some((one) => matches(one, action, true));
  const ofResource = (patterns: unknown) => many(patterns).some((one) => matches(one, resource));
  if (Action === undefined ? NotAction === undefined || ofAction(NotAction) : !ofAction(Action)) return false;
  if (Resource === undefined ? NotResource === undefined || ofResource(NotResource) : !ofResource(Resource))
    return false;
  return Object.entries(Condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) => holds(operator, key, values, context)),
  );
}

/** The verdict of all statements that a request meets: of the caller's policies and the resource's. */
export function verdictOf(statements: readonly Statement[], request: IamRequest): Verdict {
  const met = statements.filter((statement) => applies(statement, request));
  if (met.some(({ Effect }) => Effect === 'Deny')) return 'denied';
  // What a resource's policy allows counts for its principals; ours only deny.
  return met.some(({ Effect, Principal }) => Effect === 'Allow' && Principal === undefined)
    ? 'allowed'
    : 'not allowed';
}
