// An in-memory stand-in for the server's fold: events in, people out. For developing the screens
// and for their tests without the C++ program; slow, small, and derived from scratch at each ask.

const kPriority = ['user_id', 'email', 'phone', 'anonymous_id'];
const kPerson = new Set(['user_id', 'email', 'phone']);

export const keyOf = (one) => `${one.namespace}:${one.value}`;

/** The identifiers that an event carries, highest priority first. */
export function identifiersOf(body) {
  const traits = { ...body.context?.traits, ...body.traits };
  const found = {
    user_id: body.userId, email: traits.email ?? body.properties?.email, phone: traits.phone, anonymous_id: body.anonymousId,
  };
  return kPriority
    .filter((namespace) => found[namespace])
    .map((namespace) => ({ namespace, value: namespace === 'email' ? String(found[namespace]).trim().toLowerCase() : String(found[namespace]) }));
}

const profileId = (order) => `p_${(order * 2654435761 >>> 0).toString(36).padStart(8, '0')}${order.toString(36).padStart(18, 'a')}`;

/** People, their identifiers and links, from events and people's decisions in order. */
export function derive(events, decisions, erased) {
  const nodes = new Map();
  const links = [];
  const cannot = [];
  const touch = (one, event) => {
    const key = keyOf(one);
    if (!nodes.has(key)) nodes.set(key, { id: `i_${nodes.size + 1}`, key, ...one, first: event.at, last: event.at, count: 0, source: event.source, order: nodes.size + 1 });
    const node = nodes.get(key);
    if (event.at < node.first) node.first = event.at;
    if (event.at > node.last) node.last = event.at;
    return node;
  };
  const steps = [...events.map((event) => ({ at: event.order, event })), ...decisions.map((decision) => ({ at: decision.order, decision }))].sort((a, b) => a.at - b.at);
  for (const { event, decision } of steps) {
    if (event) {
      const [first, ...others] = event.identifiers;
      touch(first, event).count++;
      for (const other of others) {
        touch(other, event);
        observe(nodes, links, cannot, keyOf(first), keyOf(other), event);
      }
      continue;
    }
    decide(nodes, links, cannot, decision);
  }
  return { nodes, links, cannot, groups: components(nodes, links, erased) };
}

function observe(nodes, links, cannot, a, b, event) {
  const same = links.find((link) => link.a === a && link.b === b && link.state !== 'cut');
  if (same) {
    same.observations++;
    return;
  }
  const evidence = { source: event.source, at: event.at, position: event.position, message_id: event.message_id, event: event.name, actor: null, decision: null };
  const refusal = guard(nodes, links, cannot, a, b);
  links.push({ a, b, state: refusal ? 'refused' : 'active', rule: 'same_event', observations: 1, refused_by: refusal?.[0] ?? null, reason: refusal?.[1] ?? null, evidence });
}

/** Why two identifiers must not be joined, or null. */
function guard(nodes, links, cannot, a, b) {
  const groups = components(nodes, links, new Set());
  const left = groups.of(a);
  const right = groups.of(b);
  if (left === right) return null;
  for (const fact of cannot) {
    if (fact.lifted) continue;
    const meets = (one, two) => one.some((key) => fact.left.has(key)) && two.some((key) => fact.right.has(key));
    if (meets(left, right) || meets(right, left)) return ['cannot_link', fact.reason];
  }
  const users = [...left, ...right].filter((key) => key.startsWith('user_id:'));
  if (users.length > 1) return b.startsWith('anonymous_id:') ? ['switched', 'another user_id holds it'] : ['immutable_conflict', 'two user ids'];
  return null;
}

function decide(nodes, links, cannot, decision) {
  const left = new Set(decision.left.map(keyOf));
  const right = new Set(decision.right.map(keyOf));
  if (decision.kind === 'merge') {
    const evidence = { source: null, at: decision.at, position: null, message_id: null, event: null, actor: decision.actor, decision: decision.id };
    links.push({ a: keyOf(decision.left[0]), b: keyOf(decision.right[0]), state: 'active', rule: 'merged_by_hand', observations: 0, refused_by: null, reason: decision.reason, evidence });
  } else if (decision.kind === 'split') {
    for (const link of links) {
      if (link.state === 'active' && left.has(link.a) !== left.has(link.b)) Object.assign(link, { state: 'cut', reason: decision.reason });
    }
    cannot.push({ id: decision.id, left, right, reason: decision.reason, actor: decision.actor, at: decision.at, lifted: null });
  } else {
    const fact = cannot.find((one) => one.id === decision.lifts);
    if (fact) fact.lifted = decision;
  }
}

function components(nodes, links, erased) {
  const root = new Map([...nodes.keys()].map((key) => [key, key]));
  const find = (key) => {
    while (root.get(key) !== key) key = root.get(key);
    return key;
  };
  const older = (a, b) => (nodes.get(a).order < nodes.get(b).order ? [a, b] : [b, a]);
  for (const link of links) {
    if (link.state !== 'active') continue;
    const [winner, loser] = older(find(link.a), find(link.b));
    root.set(loser, winner);
  }
  const members = new Map();
  for (const key of nodes.keys()) {
    const top = find(key);
    members.set(top, [...(members.get(top) ?? []), key]);
  }
  const aliases = new Map([...nodes.values()].map((node) => [profileId(node.order), node.key]));
  return { members, aliases, of: (key) => members.get(find(key)) ?? [key], idOf: (key) => profileId(nodes.get(find(key)).order), erased };
}

/** The golden record of one component. */
export function profileOf(world, events, keys) {
  const { nodes, groups } = world;
  const wanted = new Set(keys);
  const own = events.filter((event) => wanted.has(keyOf(event.identifiers[0]))).sort((a, b) => b.at.localeCompare(a.at) || b.order - a.order);
  const traits = {};
  for (const event of [...own].reverse()) {
    if (event.type !== 'identify') continue;
    for (const [name, value] of Object.entries(event.body.traits ?? {})) {
      const before = traits[name];
      if (value === null) delete traits[name];
      else traits[name] = { value, source: event.source, at: event.at, rule: 'latest', party: 'first', purpose: null, others: before && before.value !== value ? [{ value: before.value, source: before.source, at: before.at }, ...before.others] : (before?.others ?? []) };
    }
  }
  const name = traits.name?.value ?? ([traits.first_name?.value, traits.last_name?.value].filter(Boolean).join(' ') || null);
  const accounts = own.filter((event) => event.type === 'group').map((event) => ({ key: event.body.groupId, name: event.body.traits?.name ?? null, source: event.source, since: event.at, traits: event.body.traits ?? {} }));
  const sorted = keys.map((key) => nodes.get(key)).sort((a, b) => kPriority.indexOf(a.namespace) - kPriority.indexOf(b.namespace) || a.order - b.order);
  return {
    id: groups.idOf(keys[0]), name, known: sorted.some((one) => kPerson.has(one.namespace)),
    identifiers: sorted.map((one) => ({ namespace: one.namespace, value: one.value, first_seen: one.first, last_seen: one.last, source: one.source, verified_at: one.namespace === 'user_id' ? one.first : null, verified_by: one.namespace === 'user_id' ? one.source : null, slice: 0, person: kPerson.has(one.namespace) })),
    traits, segments: [], segments_since: {}, accounts: accounts.slice(0, 1), consents: {}, topics: {}, devices: [], computed: {}, scores: {}, last_contact: null,
    first_seen: own.at(-1)?.at ?? sorted[0].first, last_seen: own[0]?.at ?? sorted[0].last, event_count: own.length, session_count: new Set(own.map((event) => event.at.slice(0, 10))).size,
  };
}

/** The answer of `explain` for one component. */
export function explanationOf(world, keys, decisions) {
  const { nodes, links, cannot, groups } = world;
  const inside = new Set(keys);
  const near = links.filter((link) => inside.has(link.a) || inside.has(link.b));
  const shown = [...new Set([...keys, ...near.flatMap((link) => [link.a, link.b])])].map((key) => nodes.get(key));
  const names = (set) => [...set].map((key) => ({ namespace: nodes.get(key).namespace, value: nodes.get(key).value }));
  const facts = cannot.filter((fact) => !fact.lifted && [...fact.left, ...fact.right].some((key) => inside.has(key)));
  return {
    profile: groups.idOf(keys[0]),
    nodes: shown.map((one) => ({ id: one.id, namespace: one.namespace, value: one.value, slice: 0, profile: groups.idOf(one.key), member: inside.has(one.key), first_seen: one.first, last_seen: one.last, event_count: one.count })),
    links: near.map(({ a, b, ...link }) => ({ from: nodes.get(a).id, to: nodes.get(b).id, ...link })),
    cannot_links: facts.map((fact) => {
      const other = [...fact.left, ...fact.right].find((key) => !inside.has(key));
      return { decision: fact.id, left: names(fact.left), right: names(fact.right), other_profile: other ? groups.idOf(other) : null, reason: fact.reason, actor: fact.actor, at: fact.at };
    }),
    decisions: decisions.filter((one) => [...one.left, ...one.right].some((id) => inside.has(keyOf(id)))).map((one) => publicDecision(one, decisions)).reverse(),
  };
}

export function publicDecision({ id, kind, at, actor, reason, left, right, profiles }, decisions) {
  const order = decisions.find((one) => one.id === id).order;
  const lift = decisions.find((one) => one.lifts === id);
  const end = lift ?? (kind === 'merge' ? decisions.find((one) => one.kind === 'split' && one.order > order) : undefined);
  const ended = end ? { decision: end.id, kind: end.kind, at: end.at, actor: end.actor, reason: end.reason } : null;
  return { id, kind, at, actor, reason, state: lift ? 'lifted' : end ? 'undone' : 'in_force', ended, left, right, profiles };
}
