// Why something was refused, in words of the screen: the server's codes and, of its messages, the
// facts in them (sizes, columns). A message that is not known here is shown as it came. Pure.

interface Rule {
  key: ReasonKey;
  of: RegExp; // Of the message; named groups fill the text.
}

const kCodes = [
  'type_missing', 'type_unknown', 'event_name_missing', 'id_invalid', 'group_id_missing', 'previous_id_missing', 'timestamp_invalid', 'empty_body', 'batch_missing',
  'alias_conflict', 'no_mapping', 'source_unknown', 'nothing_in_it', 'erased', 'missing_id', 'not_an_object', 'bad_encoding', 'unsupported_encoding', 'bad_request', 'payload_too_large',
] as const;

const kOwn = [
  'missing_id_value', 'event_not_an_object', 'id_too_long', 'event_name_too_long', 'event_too_large', 'identifiers_too_many', 'invalid_json', 'no_identifier', 'no_time', 'no_quote',
  'column_whole', 'column_decimal', 'column_boolean', 'column_time', 'column_json', 'column_nested',
] as const;

export type ReasonKey = (typeof kCodes)[number] | (typeof kOwn)[number];

// The more special before the general.
const kRules: Partial<Record<string, Rule[]>> = {
  missing_id: [{ key: 'missing_id_value', of: /^no identifier has a value/ }],
  not_an_object: [{ key: 'event_not_an_object', of: /^the event is/ }],
  id_too_long: [{ key: 'id_too_long', of: /longer than (?<most>\d+) bytes/ }],
  event_name_too_long: [{ key: 'event_name_too_long', of: /longer than (?<most>\d+) bytes/ }],
  event_too_large: [{ key: 'event_too_large', of: /has (?<bytes>\d+) bytes of JSON; at most (?<most>\d+)/ }],
  identifiers_too_many: [{ key: 'identifiers_too_many', of: /more than (?<most>\d+) identifiers/ }],
  invalid_json: [{ key: 'invalid_json', of: /^(?:json: )?(?<fault>.+)$/ }],
};

// What a mapping says of a row or of a body.
const kOfMapping: Rule[] = [
  { key: 'column_whole', of: /^column `(?<column>.+)`: no whole number$/ },
  { key: 'column_decimal', of: /^column `(?<column>.+)`: no decimal number of at most (?<most>\d+) digits$/ },
  { key: 'column_boolean', of: /^column `(?<column>.+)`: neither true nor false$/ },
  { key: 'column_time', of: /^column `(?<column>.+)`: no time in the format/ },
  { key: 'column_json', of: /^column `(?<column>.+)`: no JSON$/ },
  { key: 'column_nested', of: /^column `(?<column>.+)`: an object or array/ },
  { key: 'no_identifier', of: /^no identifier: / },
  { key: 'no_time', of: /^no time: / },
  { key: 'no_quote', of: /^a quote that does not close/ },
  { key: 'event_not_an_object', of: /^not an object$/ },
];

export interface Reason {
  key: ReasonKey; // Of a text `reason.*`.
  facts: Record<string, string>;
}

/** The words for a refusal; null where only the message itself says it. */
export function reasonOf(code: string | null, message: string): Reason | null {
  const rules = code === 'row_refused' || code === 'mapping_failed' || !code ? kOfMapping : kRules[code] ?? [];
  for (const { key, of } of rules) {
    const found = of.exec(message);
    if (found) return { key, facts: { ...found.groups } };
  }
  const key = kCodes.find((one) => one === code);
  return key ? { key, facts: {} } : null;
}
