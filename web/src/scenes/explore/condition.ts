// Conditions as the builder shows them: comparisons, joined in groups that may hold groups. Pure.

export const kOperators = ['eq', 'ne', 'contains', 'starts_with', 'gt', 'gte', 'lt', 'lte', 'in', 'not_in', 'exists', 'not_exists'] as const;
export type Operator = (typeof kOperators)[number];
export type Scalar = string | number | boolean;

/** One comparison of a property; of a list (`products[].sku`) of some or of each of its elements. */
export interface Leaf {
  property: string;
  op: Operator;
  value?: Scalar | Scalar[];
  quantifier?: 'any' | 'all';
}

export const kJoins = ['and', 'or', 'nor', 'nand'] as const;
export type Join = (typeof kJoins)[number];

/** Parts of which all, some, none, or not all hold. */
export interface Group {
  join: Join;
  parts: Condition[];
}

export type Condition = Leaf | Group;

export const isGroup = (one: Condition): one is Group => 'join' in one;

/** Whether an operator compares with nothing. */
export const needsNoValue = (op: Operator) => op === 'exists' || op === 'not_exists';

const isScalar = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value);
const kLeafKeys = ['property', 'op', 'value', 'quantifier'];
const kOpposite: Record<Join, Join> = { and: 'nand', nand: 'and', or: 'nor', nor: 'or' };

function isLeaf(value: object): value is Leaf {
  const leaf = value as Partial<Leaf>;
  return typeof leaf.property === 'string' && kOperators.includes(leaf.op as Operator) && Object.keys(leaf).every((key) => kLeafKeys.includes(key))
    && (leaf.value === undefined || isScalar(leaf.value) || (Array.isArray(leaf.value) && leaf.value.every(isScalar)));
}

function readGroup(join: Join, list: unknown): Group | null {
  if (!Array.isArray(list)) return null;
  const parts = list.map(read);
  return parts.every((part): part is Condition => part !== null) ? { join, parts } : null;
}

function read(value: unknown): Condition | null {
  if (Array.isArray(value)) return readGroup('and', value);
  if (typeof value !== 'object' || value === null) return null;
  if (isLeaf(value)) return value;
  const [key, ...more] = Object.keys(value);
  const inner = (value as Record<string, unknown>)[key ?? ''];
  if (more.length > 0) return null;
  if (key === 'and' || key === 'or') return readGroup(key, inner);
  const denied = key === 'not' ? read(inner) : null;
  if (!denied) return null;
  return isGroup(denied) ? { ...denied, join: kOpposite[denied.join] } : { join: 'nor', parts: [denied] };
}

/** A condition of the API as a group; null for a form that only the API can write. */
export function groupOf(where: unknown): Group | null {
  if (where === undefined || where === null) return { join: 'and', parts: [] };
  const condition = read(where);
  return condition && !isGroup(condition) ? { join: 'and', parts: [condition] } : condition;
}

/** Whether a comparison says something: a property, and a value where one is needed. */
function isWhole(leaf: Leaf): boolean {
  return leaf.property !== '' && (needsNoValue(leaf.op) || ![undefined, ''].includes([leaf.value].flat().join('')));
}

/** A group as the API takes it, without what says nothing yet; undefined when nothing is left. */
export function whereOf(group: Group): unknown {
  const parts = group.parts.map((part) => (isGroup(part) ? whereOf(part) : isWhole(part) ? part : undefined)).filter((part) => part !== undefined);
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

/** The comparison of another property. Only of the elements of a list it is said of how many. */
export function withProperty(leaf: Leaf, property: string): Leaf {
  const { quantifier, ...rest } = leaf;
  return { ...rest, property, ...(quantifier && property.includes('[]') ? { quantifier } : {}) };
}

/** A value that was typed, as the property's own type: `12` of a number is 12, of a text "12". */
export function valueOf(typed: string, kind: 'text' | 'number' | 'bool' | 'list' | undefined, op: Operator): Scalar {
  const text = typed.trim();
  const orders = ['gt', 'gte', 'lt', 'lte'].includes(op);
  if ((kind === 'number' || (orders && kind === undefined)) && text !== '' && Number.isFinite(Number(text))) return Number(text);
  if (kind === 'bool' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}
