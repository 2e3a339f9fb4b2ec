// How the mock server answers and refuses, as ../openapi.json says.

export class Refusal extends Error {
  constructor(status, code, message, field) {
    super(message);
    Object.assign(this, { status, code, field });
  }
}

export const missing = (what) => new Refusal(404, 'not_found', `${what}: no such ${what}`);
export const list = (items, url, size = 50) => {
  const limit = Number(url?.searchParams.get('limit') ?? size);
  const from = Number(url?.searchParams.get('cursor') ?? 0);
  return { body: { items: items.slice(from, from + limit), next: items.length > from + limit ? String(from + limit) : null } };
};
