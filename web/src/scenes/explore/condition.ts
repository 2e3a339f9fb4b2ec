// Conditions as the builder shows them: comparisons, and how often people did something, joined in
// groups that may hold groups. Pure.

export const kOperators = ['eq', 'ne', 'contains', 'starts_with', 'gt', 'gte', 'lt', 'lte', 'in', 'not_in', 'matches', 'exists', 'not_exists'] as const;
export type Operator = (typeof kOperators)[number];
export type Scalar = string | number | boolean;

/** What a comparison asks: of the event its property, who sent it, how it was reached; of the person the rest. */
export const kSubjects = ['property', 'source', 'channel', 'trait', 'identifier', 'segment'] as const;
export type Subject = (typeof kSubjects)[number];

/** Whether a subject is one of several by name; there is one source of an event, and one channel. */
export const isNamed = (subject: Subject) => subject !== 'source' && subject !== 'channel';

/** In a segment one is or is not; there is nothing to compare it with. */
export const operatorsOf = (subject: Subject): readonly Operator[] => (subject === 'segment' ? ['eq', 'ne'] : kOperators);

/** One comparison; of a list (`products[].sku`) of some or of each of its elements. */
export interface Leaf {
  subject: Subject;
  name: string; // Of the property, trait or namespace, the key of a segment; empty where the subject has none.
  op: Operator;
  value?: Scalar | Scalar[];
  quantifier?: 'any' | 'all';
}

export const kTimes = ['gte', 'eq', 'lte'] as const;
export type Times = (typeof kTimes)[number];

/** How often the person did something, of late or ever. */
export interface Deed {
  did: string; // Name of the event, or *; empty: none is chosen yet.
  type?: string; // Of the event, where it is not track.
  where: Group; // What holds for the event.
  times: Times;
  count: number;
  within: string; // Such as 90d; empty: ever.
}

export const kJoins = ['and', 'or', 'nor', 'nand'] as const;
export type Join = (typeof kJoins)[number];

/** Parts of which all, some, none, or not all hold. */
export interface Group {
  join: Join;
  parts: Condition[];
}

export type Condition = Leaf | Deed | Group;

export const isGroup = (one: Condition): one is Group => 'join' in one;
export const isDeed = (one: Condition): one is Deed => 'did' in one;

const kNothing: Group = { join: 'and', parts: [] };
export const kNoDeed: Deed = { did: '', where: kNothing, times: 'gte', count: 1, within: '' };

/** Whether an operator compares with nothing. */
export const needsNoValue = (op: Operator) => op === 'exists' || op === 'not_exists';

/** Whether a comparison has no value: by its operator, or because it asks about a segment. */
export const hasNoValue = ({ subject, op }: Pick<Leaf, 'subject' | 'op'>) => subject === 'segment' || needsNoValue(op);

const isScalar = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value);
const kOpposite: Record<Join, Join> = { and: 'nand', nand: 'and', or: 'nor', nor: 'or' };

const isOperand = (value: unknown) => isScalar(value) || (Array.isArray(value) && value.every(isScalar));

const readSegment = (key: unknown, rest: unknown[]): Leaf | null => (typeof key === 'string' && rest.every((one) => one === undefined) ? { subject: 'segment', name: key, op: 'eq' } : null);

/** Reads `{"source":"web"}`, `{"source":["web","till"]}` and `{"source":true,"op":…}` beside the usual form. */
function readLeaf(value: object): Leaf | null {
  const { op, value: operand, quantifier, ...rest } = value as Record<string, unknown>;
  const subject = kSubjects.find((one) => one in rest);
  if (!subject || Object.keys(rest).length > 1) return null;
  const named = rest[subject];
  if (subject === 'segment') return readSegment(named, [op, operand, quantifier]);
  const isShort = !isNamed(subject) && named !== true;
  const leaf = {
    subject, name: isNamed(subject) ? named : '', op: op ?? (isShort ? (Array.isArray(named) ? 'in' : 'eq') : undefined),
    ...(isShort ? { value: named } : operand === undefined ? {} : { value: operand }), ...(quantifier === undefined ? {} : { quantifier }),
  };
  const isRight = typeof leaf.name === 'string' && kOperators.some((one) => one === leaf.op) && (leaf.value === undefined || isOperand(leaf.value))
    && (!isShort || operand === undefined) && (quantifier === undefined || quantifier === 'any' || quantifier === 'all');
  return isRight ? (leaf as Leaf) : null;
}

/** Reads `{"did":"Order Completed","where":…,"count":{"gte":3},"within":"90d"}`; a count has one bound here. */
function readDeed({ did, type, where, count, within, ...rest }: Record<string, unknown>): Deed | null {
  if (typeof did !== 'string' || Object.keys(rest).length > 0) return null;
  if ((type !== undefined && typeof type !== 'string') || (within !== undefined && typeof within !== 'string')) return null;
  const [[bound, number] = ['', 0], ...more] = count === undefined ? [['gte', 1]] : Object.entries(Object(count));
  const times = bound === 'gt' ? 'gte' : bound === 'lt' ? 'lte' : kTimes.find((one) => one === bound);
  const group = groupOf(where);
  if (!times || !group || asksSegment(group) || more.length > 0 || !Number.isInteger(number)) return null;
  const moved = bound === 'gt' ? 1 : bound === 'lt' ? -1 : 0;
  return { did, ...(type === undefined ? {} : { type }), where: group, times, count: (number as number) + moved, within: within ?? '' };
}

/** Whether a segment is asked for somewhere in it: of events that cannot be. */
const asksSegment = (group: Group): boolean => group.parts.some((part) => (isGroup(part) ? asksSegment(part) : !isDeed(part) && part.subject === 'segment'));

function writeDeed({ did, type, where, times, count, within }: Deed): unknown {
  const conditions = whereOf(where);
  const isUsual = times === 'gte' && count === 1;
  return { did, ...(type ? { type } : {}), ...(conditions === undefined ? {} : { where: conditions }), ...(isUsual ? {} : { count: { [times]: count } }), ...(within ? { within } : {}) };
}

/** A comparison as the API takes it. */
function writeLeaf({ subject, name, op, value, quantifier }: Leaf): unknown {
  if (subject === 'segment') return op === 'ne' ? { not: { segment: name } } : { segment: name };
  if (!isNamed(subject) && (op === 'eq' || op === 'in')) return { [subject]: value };
  return { [subject]: isNamed(subject) ? name : true, op, ...(value === undefined ? {} : { value }), ...(quantifier ? { quantifier } : {}) };
}

function readGroup(join: Join, list: unknown): Group | null {
  if (!Array.isArray(list)) return null;
  const parts = list.map(read);
  return parts.every((part): part is Condition => part !== null) ? { join, parts } : null;
}

function read(value: unknown): Condition | null {
  if (Array.isArray(value)) return readGroup('and', value);
  if (typeof value !== 'object' || value === null) return null;
  const leaf = 'did' in value ? readDeed(value as Record<string, unknown>) : readLeaf(value);
  if (leaf) return leaf;
  const [key, ...more] = Object.keys(value);
  const inner = (value as Record<string, unknown>)[key ?? ''];
  if (more.length > 0) return null;
  if (key === 'and' || key === 'or') return readGroup(key, inner);
  const denied = key === 'not' ? read(inner) : null;
  if (!denied) return null;
  if (!isGroup(denied) && !isDeed(denied) && denied.subject === 'segment' && denied.op === 'eq') return { ...denied, op: 'ne' };
  return isGroup(denied) ? { ...denied, join: kOpposite[denied.join] } : { join: 'nor', parts: [denied] };
}

/** A condition of the API as a group; null for a form that only the API can write. */
export function groupOf(where: unknown): Group | null {
  if (where === undefined || where === null) return kNothing;
  const condition = read(where);
  return condition && !isGroup(condition) ? { join: 'and', parts: [condition] } : condition;
}

/** Whether a comparison says something: a property, and a value where one is needed. */
function isWhole(leaf: Leaf): boolean {
  return (leaf.name !== '' || !isNamed(leaf.subject)) && (hasNoValue(leaf) || ![undefined, ''].includes([leaf.value].flat().join('')));
}

function partOf(part: Condition): unknown {
  if (isGroup(part)) return whereOf(part);
  if (isDeed(part)) return part.did === '' ? undefined : writeDeed(part);
  return isWhole(part) ? writeLeaf(part) : undefined;
}

/** A group as the API takes it, without what says nothing yet; undefined when nothing is left. */
export function whereOf(group: Group): unknown {
  const parts = group.parts.map(partOf).filter((part) => part !== undefined);
  if (parts.length === 0) return undefined;
  const join = group.join === 'or' || group.join === 'nor' ? 'or' : 'and';
  const whole = parts.length === 1 ? parts[0] : { [join]: parts };
  return group.join === 'nor' || group.join === 'nand' ? { not: whole } : whole;
}

/** Whether two conditions of the API say the same in the same order. */
export function sameWhere(a: unknown, b: unknown): boolean {
  const text = (where: unknown) => {
    const group = groupOf(where);
    return JSON.stringify(group ? whereOf(group) : where);
  };
  return text(a) === text(b);
}

/** The comparison with another operator, its value in the form that this one takes. */
export function withOperator(leaf: Leaf, op: Operator): Leaf {
  const { value, ...rest } = leaf;
  if (needsNoValue(op) || value === undefined) return { ...rest, op };
  return { ...rest, op, value: op === 'in' || op === 'not_in' ? [value].flat() : [value].flat()[0] ?? '' };
}

/** The comparison of another name. Only of the elements of a list it is said of how many. */
export function withName(leaf: Leaf, name: string): Leaf {
  const { quantifier, ...rest } = leaf;
  return { ...rest, name, ...(quantifier && name.includes('[]') ? { quantifier } : {}) };
}

/** A comparison of another subject, which has other names and values. */
export function withSubject(leaf: Leaf, subject: Subject): Leaf {
  if (subject === 'segment') return { subject, name: '', op: 'eq' };
  return { subject, name: '', op: leaf.op, ...(needsNoValue(leaf.op) ? {} : { value: Array.isArray(leaf.value) ? [] : '' }) };
}

/** A value that was typed, as the property's own type: `12` of a number is 12, of a text "12". */
export function valueOf(typed: string, kind: 'text' | 'number' | 'bool' | 'list' | undefined, op: Operator): Scalar {
  const text = typed.trim();
  const orders = ['gt', 'gte', 'lt', 'lte'].includes(op);
  if ((kind === 'number' || (orders && kind === undefined)) && text !== '' && Number.isFinite(Number(text))) return Number(text);
  if (kind === 'bool' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}
