// A type of items as its editor holds it. Pure.

import type { Schemas } from '../../data/client';

export type CatalogWrite = Schemas['CatalogWrite'];
export type FieldType = CatalogWrite['fields'][number]['type'];
export const kFieldTypes: readonly FieldType[] = ['text', 'number', 'bool', 'time', 'list', 'money'];

export interface Field { name: string; type: FieldType; required: boolean; personal: boolean }
export interface State { value: string; moves: string[] }

export const kOwners = ['nobody', 'person', 'account'] as const;
export type Owner = (typeof kOwners)[number];

export interface Draft {
  key: string;
  name: string;
  description: string;
  id: string; // The field that is the id; empty: what is sent has an `id`.
  fields: Field[];
  owner: Owner;
  ownerField: string;
  namespace: string;
  stateField: string; // Empty: items have no states.
  states: State[];
  isBound: boolean; // From each state only to those that are named.
  dueField: string; // Empty: nothing is promised.
  dueIn: string[]; // Empty: in all states.
  lateAfterHours: string; // Empty: as usual.
  dropsUnknown: boolean;
}

export const kNoField: Field = { name: '', type: 'text', required: false, personal: true };

export function draftOf(key: string, type: CatalogWrite): Draft {
  const { state, owner, due } = type;
  return {
    key, name: type.name, description: type.description ?? '', id: type.id ?? '',
    fields: type.fields.map((one) => ({ name: one.name, type: one.type, required: one.required ?? false, personal: one.personal ?? true })),
    owner: owner ? (owner.account ? 'account' : 'person') : 'nobody', ownerField: owner?.field ?? '', namespace: owner?.namespace ?? 'user_id',
    stateField: state?.field ?? '', states: (state?.values ?? []).map((value) => ({ value, moves: state?.moves?.[value] ?? [] })), isBound: state?.moves !== undefined,
    dueField: due?.field ?? '', dueIn: due?.in ?? [], lateAfterHours: type.late_after_hours === undefined ? '' : String(type.late_after_hours), dropsUnknown: type.unknown === 'drop',
  };
}

export const kEmptyDraft: Draft = draftOf('', { name: '', fields: [{ name: 'state', type: 'text' }] });

/** A draft as the API takes it; what is as usual is left out. */
export function writeOf(draft: Draft): CatalogWrite {
  const states = draft.states.map((one) => ({ ...one, value: one.value.trim() })).filter((one) => one.value !== '');
  const values = states.map((one) => one.value);
  return {
    name: draft.name.trim(), description: draft.description.trim(),
    fields: draft.fields.filter((one) => one.name.trim() !== '').map(({ name, type, required, personal }) => ({ name: name.trim(), type, ...(required ? { required } : {}), ...(personal ? {} : { personal }) })),
    ...(draft.id ? { id: draft.id } : {}),
    ...(draft.owner === 'nobody' ? {} : { owner: { field: draft.ownerField, ...(draft.owner === 'account' ? { account: true } : { namespace: draft.namespace.trim() }) } }),
    ...(draft.stateField ? { state: { field: draft.stateField, values, ...(draft.isBound ? { moves: Object.fromEntries(states.map(({ value, moves }) => [value, moves.filter((one) => values.includes(one))])) } : {}) } } : {}),
    ...(draft.dueField ? { due: { field: draft.dueField, ...(draft.dueIn.length > 0 ? { in: draft.dueIn.filter((one) => values.includes(one)) } : {}) } } : {}),
    ...(draft.lateAfterHours.trim() ? { late_after_hours: Number(draft.lateAfterHours) } : {}), ...(draft.dropsUnknown ? { unknown: 'drop' as const } : {}),
  };
}

/** What is still missing before it can be written. */
export function missingOf(draft: Draft): 'name' | 'fields' | 'owner' | 'states' | null {
  const { fields, state, owner } = writeOf(draft);
  if (!draft.name.trim() || !draft.key) return 'name';
  if (fields.length === 0) return 'fields';
  if (owner && (!owner.field || (!owner.account && !owner.namespace))) return 'owner';
  return state && state.values.length === 0 ? 'states' : null;
}

/** The names of fields of a kind, in order. */
export function namesOf({ fields }: Draft, types: readonly FieldType[]): string[] {
  return fields.filter((one) => one.name.trim() !== '' && types.includes(one.type)).map((one) => one.name.trim());
}

/** The list with one of its members a place further up or down. */
export function moved<T>(list: readonly T[], at: number, by: -1 | 1): T[] {
  const next = [...list];
  const [one] = next.splice(at, 1);
  if (one !== undefined) next.splice(Math.min(Math.max(0, at + by), next.length), 0, one);
  return next;
}

/** A state called otherwise: moves and due time follow it. */
export function withStateName(draft: Draft, at: number, value: string): Draft {
  const before = draft.states[at]?.value;
  const renamed = (list: string[]) => list.map((one) => (one === before ? value : one));
  return { ...draft, states: draft.states.map((one, place) => ({ value: place === at ? value : one.value, moves: renamed(one.moves) })), dueIn: renamed(draft.dueIn) };
}
