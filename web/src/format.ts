// Amounts and times as people read them; the same words as the terminal's. Pure.

/** Labour: "45 min", "3.5 h", "412 h". */
export function labour(seconds: number): string {
  const sign = seconds < 0 ? '-' : '';
  const s = Math.abs(seconds);
  if (s < 60) return `${sign}${Math.round(s)} s`;
  if (s < 3600) return `${sign}${Math.round(s / 60)} min`;
  const hours = s / 3600;
  return `${sign}${hours < 10 ? trimZero(hours.toFixed(1)) : whole(Math.round(hours))} h`;
}

/** A price's P10, P50 and P90 in one unit: ["12", "24", "48 min"]. */
export function spread(p10: number, p50: number, p90: number): [string, string, string] {
  const inHours = p50 >= 3600;
  const part = (seconds: number) => {
    const value = seconds / (inHours ? 3600 : 60);
    return value < 10 ? trimZero(value.toFixed(1)) : whole(value);
  };
  return [part(p10), part(p50), `${part(p90)} ${inHours ? 'h' : 'min'}`];
}

/** How long something took, in microseconds: "340 ms", "2.1 s", "3 min 20 s". */
export function duration(us: number): string {
  if (us < 1e3) return '< 1 ms';
  if (us < 1e6) return `${whole(us / 1e3)} ms`;
  const s = us / 1e6;
  if (s < 60) return `${s.toFixed(1)} s`;
  return `${Math.floor(s / 60)} min ${Math.floor(s % 60)} s`;
}

/** A word of a command, quoted where a shell would read it otherwise. */
export function quoted(text: string): string {
  return /^[\w./@=:,+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function trimZero(text: string): string {
  return text.endsWith('.0') ? text.slice(0, -2) : text;
}

/** "12,345". By hand: hundreds of them are in sight, and Intl takes its time to begin. */
export function whole(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
}

const currencies = new Map<string, { formatter: Intl.NumberFormat; unit: number }>();

/** Minor units of an ISO 4217 currency, in whole units. */
export function money(minor: number, currency: string): string {
  let known = currencies.get(currency);
  if (!known) {
    const digits = new Intl.NumberFormat('en-US', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
    known = { formatter: new Intl.NumberFormat('en-US', { style: 'currency', currency, maximumFractionDigits: 0 }), unit: 10 ** digits };
    currencies.set(currency, known);
  }
  return known.formatter.format(minor / known.unit);
}

export function amount(seconds: number, minor: number | undefined, currency: string): string {
  return minor !== undefined && currency ? `${labour(seconds)} · ${money(minor, currency)}` : labour(seconds);
}

/** Microseconds since 1970 to "2026-11-24". */
export function date(us: number): string {
  return us > 0 ? new Date(us / 1000).toISOString().slice(0, 10) : 'never';
}

export function time(us: number): string {
  return us > 0 ? new Date(us / 1000).toISOString().slice(0, 16).replace('T', ' ') + ' UTC' : 'never';
}

export function age(us: number, now: number): string {
  const days = Math.floor((now - us) / 86_400_000_000);
  if (days < 1) return 'today';
  if (days < 60) return `${days} d`;
  return `${Math.floor(days / 30)} months`;
}

export function months(value: number | undefined): string {
  if (value === undefined) return 'never';
  return `${value < 10 ? value.toFixed(1) : whole(value)} months`;
}

export function bytes(count: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** A number with as many digits as it deserves: four significant ones. */
export function number(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '–';
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return value.toLocaleString('en-US');
  const size = Math.abs(value);
  return size >= 1e6 || size < 1e-3 ? value.toExponential(2) : Number(value.toPrecision(4)).toLocaleString('en-US', { maximumFractionDigits: 6 });
}

export function share(value: number): string {
  return `${(100 * value).toFixed(value > 0 && value < 0.1 ? 1 : 0)} %`;
}
