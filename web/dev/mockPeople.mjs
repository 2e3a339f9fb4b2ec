// The routes of the mock server about people and who they are.

import { list, missing, Refusal } from './mockAnswers.mjs';
import { now } from './mockState.mjs';
import { explanationOf, keyOf, profileOf, publicDecision } from './mockWorld.mjs';

/** Sums by currency of what `amount` makes of each event. */
function sumsOf(events, amount) {
  const sums = new Map();
  for (const event of events) {
    const currency = event.body.properties.currency ?? null;
    const sum = sums.get(currency) ?? { currency, sum: 0, events: 0 };
    sums.set(currency, { ...sum, sum: sum.sum + amount(event), events: sum.events + 1 });
  }
  return [...sums.values()];
}

function activityOf(events, profile) {
  const amount = ({ body: { properties } }) => properties?.revenue ?? properties?.total;
  const paid = events.filter((event) => event.type === 'track' && typeof amount(event) === 'number');
  const ordered = paid.filter((event) => event.name.startsWith('Order ') && event.name !== 'Order Updated' && event.body.properties.order_id);
  const wentBack = (event) => / (Cancelled|Canceled|Refunded|Returned)$/.test(event.name);
  const times = (list) => list.map((event) => event.at).sort();
  const names = [...new Set(events.map((event) => event.name))];
  const kinds = names.map((name) => events.filter((event) => event.name === name)).sort((a, b) => b.length - a.length);
  return {
    profile, events_counted: events.length, complete: true,
    orders: { count: new Set(ordered.map((event) => event.body.properties.order_id)).size, events: ordered.length, last_at: times(ordered).at(-1) ?? null, revenue: sumsOf(ordered, (event) => (wentBack(event) ? -Math.abs(amount(event)) : amount(event))) },
    events: kinds.map((list) => ({ name: list[0].name, type: list[0].type, count: list.length, first_at: times(list)[0], last_at: times(list).at(-1), amounts: sumsOf(list.filter((event) => paid.includes(event)), amount) })),
  };
}

export function people(state, on) {
  const resolve = (ref) => {
    const world = state.world();
    const key = world.groups.aliases.get(ref) ?? ref;
    const keys = world.nodes.has(key) ? world.groups.of(key) : [];
    if (!keys.length || keys.some((one) => state.erased.has(one))) throw missing('profile');
    return { world, keys };
  };
  const all = () => {
    const world = state.world();
    return [...world.groups.members.values()].filter((keys) => !keys.some((key) => state.erased.has(key))).map((keys) => profileOf(world, state.events, keys));
  };
  const summary = (profile, words) => {
    const fields = [...(profile.name ? [{ field: 'name', value: profile.name }] : []), ...profile.identifiers.map((one) => ({ field: one.namespace, value: one.value }))];
    const matched = words.length ? fields.find((one) => one.value.toLocaleLowerCase().includes(words[0])) : undefined;
    return { id: profile.id, name: profile.name, known: profile.known, identifiers: profile.identifiers.slice(0, 5).map(({ namespace, value }) => ({ namespace, value })), matched: matched ?? null, first_seen: profile.first_seen, last_seen: profile.last_seen, event_count: profile.event_count, text: fields.map((one) => one.value).join(' ').toLocaleLowerCase() };
  };
  on('GET', '/api/profiles', ({ url }) => {
    const words = (url.searchParams.get('q') ?? '').toLocaleLowerCase().split(/\s+/).filter(Boolean);
    const found = all().map((one) => summary(one, words)).filter((one) => words.every((word) => one.text.includes(word)));
    return list(found.sort((a, b) => b.last_seen.localeCompare(a.last_seen)).map(({ text, ...one }) => one), url);
  });
  on('GET', '/api/profiles/{ref}', ({ args: [ref] }) => {
    const { world, keys } = resolve(ref);
    const profile = profileOf(world, state.events, keys);
    return { body: ref.startsWith('p_') && ref !== profile.id ? { ...profile, merged_from: ref } : profile };
  });
  on('DELETE', '/api/profiles/{ref}', ({ args: [ref], actor }) => {
    const { keys, world } = resolve(ref);
    keys.forEach((key) => state.erased.add(key));
    state.note(actor, 'profile.erase', world.groups.idOf(keys[0]));
    const days = (n) => new Date(Date.now() + n * 86_400_000).toISOString();
    return { status: 202, body: { profile: ref, decision: `d_${++state.order}`, hidden_at: now(), complete_by: days(1), backups_by: days(7) } };
  });
  on('GET', '/api/profiles/{ref}/events', ({ args: [ref], url }) => {
    const { keys } = resolve(ref);
    const name = url.searchParams.get('name');
    const own = state.events.filter((event) => keys.includes(keyOf(event.identifiers[0])) && (!name || event.name === name));
    return list(own.sort((a, b) => b.at.localeCompare(a.at) || b.order - a.order).map(({ order, ...event }) => event), url);
  });
  on('GET', '/api/profiles/{ref}/activity', ({ args: [ref] }) => {
    const { world, keys } = resolve(ref);
    return { body: activityOf(state.events.filter((event) => keys.includes(keyOf(event.identifiers[0]))), world.groups.idOf(keys[0])) };
  });
  on('GET', '/api/profiles/{ref}/explain', ({ args: [ref] }) => {
    const { world, keys } = resolve(ref);
    return { body: explanationOf(world, keys, state.decisions) };
  });
  on('GET', '/api/profiles/{ref}/export', ({ args: [ref] }) => {
    const { world, keys } = resolve(ref);
    const events = state.events.filter((event) => keys.includes(keyOf(event.identifiers[0]))).map(({ order, ...event }) => event);
    const text = JSON.stringify({ profile: profileOf(world, state.events, keys), explanation: explanationOf(world, keys, state.decisions), events, rejects: [] }, null, 2);
    return { text, type: 'application/json', headers: { 'Content-Disposition': 'attachment; filename="profile.json"' } };
  });
  const change = (url, decision, before, actor, touched) => {
    const dry = url.searchParams.get('dry_run') === 'true';
    const cut = (world) => world.links.filter((link) => link.state === 'cut').length;
    const cutBefore = cut(state.world());
    state.decisions.push(decision);
    const world = state.world();
    const groups = [...new Set(touched.map((key) => world.groups.of(key).join('|')))].map((joined) => joined.split('|'));
    const after = groups.map((keys) => profileOf(world, state.events, keys));
    decision.profiles = after.map((one) => one.id);
    if (dry) state.decisions.pop();
    else state.note(actor, `profile.${decision.kind}`, decision.profiles[0], decision.reason);
    return { body: { dry_run: dry, decision: dry ? null : decision.id, position: dry ? null : `0:${state.order}`, before, after, cannot_link: decision.kind === 'split', links_cut: cut(world) - cutBefore } };
  };
  const decisionOf = (kind, actor, reason, left, right, more = {}) => {
    if (!reason?.trim()) throw new Refusal(400, 'invalid_argument', `${kind}: reason: is needed`, 'reason');
    return { id: `d_${++state.order}`, order: state.order, kind, at: now(), actor, reason, left, right, profiles: [], ...more };
  };
  const names = (world, keys) => keys.map((key) => ({ namespace: world.nodes.get(key).namespace, value: world.nodes.get(key).value }));
  on('POST', '/api/profiles/{ref}/split', ({ args: [ref], url, json, actor }) => {
    const { world, keys } = resolve(ref);
    const { identifiers, reason } = json();
    const right = keys.filter((key) => identifiers.map(keyOf).includes(key));
    const left = keys.filter((key) => !right.includes(key));
    if (!left.length || !right.length) throw new Refusal(422, 'failed_precondition', 'split: identifiers: at least 1 must remain', 'identifiers');
    return change(url, decisionOf('split', actor, reason, names(world, left), names(world, right)), [profileOf(world, state.events, keys)], actor, keys);
  });
  on('POST', '/api/profiles/{ref}/merge', ({ args: [ref], url, json, actor }) => {
    const one = resolve(ref);
    const { with: other, reason } = json();
    const two = resolve(other);
    if (one.keys[0] === two.keys[0]) throw new Refusal(422, 'failed_precondition', 'merge: with: the same profile', 'with');
    const before = [one, two].map(({ world, keys }) => profileOf(world, state.events, keys));
    return change(url, decisionOf('merge', actor, reason, names(one.world, one.keys), names(two.world, two.keys)), before, actor, [...one.keys, ...two.keys]);
  });
  on('POST', '/api/profiles/{ref}/lift', ({ args: [ref], json, actor }) => {
    resolve(ref);
    const { decision: id, reason } = json();
    const lifted = state.decisions.find((one) => one.id === id);
    if (!lifted) throw missing('decision');
    state.decisions.push(decisionOf('lift', actor, reason, lifted.left, lifted.right, { lifts: id }));
    state.note(actor, 'profile.lift', ref, reason);
    return { body: publicDecision(lifted, state.decisions) };
  });
}
