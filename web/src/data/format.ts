// Numbers, times and sizes as text in the language of the screen.

export type Interval = 'minute' | 'hour' | 'day' | 'week' | 'month';

export interface Format {
  zone: string; // Whose clock the times are told by, as in Europe/Istanbul.
  number(value: number, digits?: number): string;
  compact(value: number): string; // Short, for an axis or beside a name.
  percent(share: number): string;
  money(value: number, currency: string | null): string; // With its currency, where one is named.
  time(iso: string | null): string; // Date and time to the second, with the zone.
  day(iso: string): string; // Day of the week and date.
  clock(at: string | number): string; // Time of day to the second.
  minute(at: number): string; // Time of day to the minute.
  date(at: string | number): string; // Day, month and year.
  bucket(at: string | number, interval: Interval): string; // An interval of a trend, by where it begins.
  tick(at: string | number, interval: Interval): string; // The same as short as an axis needs it.
  civil(date: string): string; // A day as it is written, 2026-03-02, as short as an axis needs it: of no zone.
  span(seconds: number): string; // A length of time in its largest unit, as in 2.5 days.
  ago(iso: string | null, now?: number): string;
  bytes(value: number): string;
  duration(seconds: number): string;
}

const kUnits: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600], ['month', 2_629_800], ['day', 86_400], ['hour', 3_600], ['minute', 60],
  ['second', 1],
];

const kSpans: [string, number][] = [['day', 86_400], ['hour', 3_600], ['minute', 60], ['second', 1]];

const kNothing = '–';

/** A zone that this browser may be too old for is told as UTC, and so named. */
function knownZone(zone: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone && zone;
  } catch {
    return 'UTC';
  }
}

/** Makes the formats of a language and a zone. */
export function makeFormat(language: string, timezone: string): Format {
  const timeZone = knownZone(timezone);
  const date = { year: 'numeric', month: 'short', day: 'numeric' } as const;
  const second = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23', timeZone } as const;
  const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  const full = new Intl.DateTimeFormat(language, { ...date, ...second, timeZoneName: 'short' });
  const day = new Intl.DateTimeFormat(language, { dateStyle: 'full', timeZone });
  const clock = new Intl.DateTimeFormat(language, second);
  const minute = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone });
  const short = new Intl.DateTimeFormat(language, { ...date, timeZone });
  const dayHour = new Intl.DateTimeFormat(language, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone });
  const month = new Intl.DateTimeFormat(language, { year: 'numeric', month: 'short', timeZone });
  const buckets: Record<Interval, Intl.DateTimeFormat> = { minute: dayHour, hour: dayHour, day: short, week: short, month };
  const dayMonth = new Intl.DateTimeFormat(language, { month: 'short', day: 'numeric', timeZone });
  const civil = new Intl.DateTimeFormat(language, { month: 'short', day: 'numeric', timeZone: 'UTC' });
  const ticks: Record<Interval, Intl.DateTimeFormat> = { minute: dayHour, hour: dayHour, day: dayMonth, week: dayMonth, month };
  const compact = new Intl.NumberFormat(language, { notation: 'compact', maximumFractionDigits: 1 });
  // Near nought, places after the point: of steps of 0.02 and of 0.25 no two read alike.
  const near = new Intl.NumberFormat(language, { maximumFractionDigits: 2 });
  const tiny = new Intl.NumberFormat(language, { maximumSignificantDigits: 2 });
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 });
  const number = (value: number, digits = 0) =>
    new Intl.NumberFormat(language, { maximumFractionDigits: digits, minimumFractionDigits: digits })
      .format(value);

  // What Intl takes for a currency are three letters; anything else is told as it was sent.
  const money = (value: number, currency: string | null) =>
    currency && /^[A-Za-z]{3}$/.test(currency)
      ? new Intl.NumberFormat(language, { style: 'currency', currency, currencyDisplay: 'narrowSymbol' }).format(value)
      : [number(value, 2), currency].filter(Boolean).join(' ');

  return {
    zone: timeZone,
    money,
    number,
    compact: (value) => (Math.abs(value) < 1 ? tiny : Math.abs(value) < 10 ? near : compact).format(value),
    percent: (share) => percent.format(share),
    time: (iso) => (iso ? full.format(new Date(iso)) : kNothing),
    day: (iso) => day.format(new Date(iso)),
    clock: (at) => clock.format(new Date(at)),
    minute: (at) => minute.format(new Date(at)),
    date: (at) => short.format(new Date(at)),
    bucket: (at, interval) => buckets[interval].format(new Date(at)),
    tick: (at, interval) => ticks[interval].format(new Date(at)),
    civil: (date) => civil.format(new Date(date)),
    span(seconds) {
      const [unit, size] = kSpans.find(([, s]) => seconds >= s) ?? ['second', 1];
      return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits: 1 }).format(seconds / size);
    },
    ago(iso, now = Date.now()) {
      if (!iso) return kNothing;
      const seconds = Math.round((Date.parse(iso) - now) / 1000);
      const [unit, size] = kUnits.find(([, s]) => Math.abs(seconds) >= s) ?? ['second', 1];
      return relative.format(Math.trunc(seconds / size), unit);
    },
    bytes(value) {
      const steps = ['B', 'kB', 'MB', 'GB', 'TB'];
      const step = Math.min(value < 1 ? 0 : Math.floor(Math.log10(value) / 3), steps.length - 1);
      return `${number(value / 1000 ** step, step ? 1 : 0)} ${steps[step]}`;
    },
    duration(seconds) {
      const whole = Math.max(0, Math.round(seconds));
      const hours = Math.floor(whole / 3600);
      const rest = `${String(Math.floor(whole / 60) % 60).padStart(2, '0')}:${String(whole % 60).padStart(2, '0')}`;
      return hours ? `${hours}:${rest}` : rest;
    },
  };
}

/** The parts of an object or a list of them, each with its path: `street` of an address, `1.sku` of products. */
export function valueLines(value: unknown, path = ''): { name: string; text: string }[] {
  const isList = Array.isArray(value);
  if (typeof value !== 'object' || value === null || (isList && value.every((one) => typeof one !== 'object'))) {
    const text = isList ? value.map(valueText).join(', ') : valueText(value);
    return [{ name: path, text: text === '' ? kNothing : text }];
  }
  return Object.entries(value).flatMap(([key, part]) => valueLines(part, [path, isList ? String(Number(key) + 1) : key].filter(Boolean).join('.')));
}

/** A trait or property value as one line of text. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return kNothing;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
