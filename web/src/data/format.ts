// Numbers, times and sizes as text in the language of the screen.

export interface Format {
  number(value: number, digits?: number): string;
  compact(value: number): string;
  percent(share: number): string;
  time(iso: string | null): string; // Date and time to the second.
  clock(iso: string): string; // Time of day to the second.
  ago(iso: string | null, now?: number): string;
  bytes(value: number): string;
  duration(seconds: number): string;
}

const kUnits: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600], ['month', 2_629_800], ['day', 86_400], ['hour', 3_600], ['minute', 60],
  ['second', 1],
];

const kNothing = '–';

/** Makes the formats of a language; `timezone` undefined is that of the browser. */
export function makeFormat(language: string, timezone?: string): Format {
  const zone = timezone ? { timeZone: timezone } : {};
  const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' });
  const full = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23', ...zone });
  const clock = new Intl.DateTimeFormat(language, { timeStyle: 'medium', hourCycle: 'h23', ...zone });
  const compact = new Intl.NumberFormat(language, { notation: 'compact', maximumFractionDigits: 1 });
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 });
  const number = (value: number, digits = 0) =>
    new Intl.NumberFormat(language, { maximumFractionDigits: digits, minimumFractionDigits: digits })
      .format(value);

  return {
    number,
    compact: (value) => compact.format(value),
    percent: (share) => percent.format(share),
    time: (iso) => (iso ? full.format(new Date(iso)) : kNothing),
    clock: (iso) => clock.format(new Date(iso)),
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

/** A trait or property value as one line of text. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return kNothing;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
