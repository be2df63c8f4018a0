import { describe, expect, it } from 'vitest';
import { bytes, duration, labour, money, months, number, quoted, share, spread, whole } from './format';
import { bars } from './parts/bars';

describe('format', () => {
  it('speaks of labour as the terminal does', () => {
    expect([0, 59, 60, 2700, 3600, 12_600, 1_483_200].map(labour)).toEqual(['0 s', '59 s', '1 min', '45 min', '1 h', '3.5 h', '412 h']);
    expect(labour(-7200)).toBe('-2 h');
  });
  it('speaks of money in whole units of any currency', () => {
    expect(money(3_708_000, 'EUR')).toBe('€37,080');
    expect(money(12_345, 'JPY')).toBe('¥12,345');
  });
  it('says a price and its spread in one unit', () => {
    expect(spread(270, 960, 3360)).toEqual(['4.5', '16', '56 min']);
    expect(spread(1800, 7200, 90_000)).toEqual(['0.5', '2', '25 h']);
  });
  it('says how long something took', () => {
    expect([12, 45_400, 1_230_000, 200_000_000].map(duration)).toEqual(['< 1 ms', '45 ms', '1.2 s', '3 min 20 s']);
  });
  it('parts thousands', () => {
    expect([0, 999, 1_000, 999.6, -1_234, 37_080_000].map(whole)).toEqual(['0', '999', '1,000', '1,000', '-1,234', '37,080,000']);
  });
  it('quotes for a shell what one would read otherwise', () => {
    expect([`code/a-b`, `it's here`, 'a;b'].map(quoted)).toEqual(['code/a-b', `'it'\\''s here'`, `'a;b'`]);
  });
  it('knows never', () => {
    expect(months(undefined)).toBe('never');
    expect(months(2.14)).toBe('2.1 months');
  });
  it('cuts numbers to what they deserve', () => {
    expect(number(1_234)).toBe('1,234');
    expect(number(0.123_456)).toBe('0.1235');
    expect(number(undefined)).toBe('–');
    expect(bytes(218_432)).toBe('213.3 KiB');
    expect(share(0.0525)).toBe('5.3 %');
  });
});

describe('bars', () => {
  it('sums by name, largest first, nobody named unowned', () => {
    const row = (team: string, principal_s: number) => ({ team, system: '', kind: 'k', debts: 1, principal_s, accepted_s: 0, interest_s: 0 });
    expect(bars([row('a', 1), row('', 5), row('a', 2)], 'team')).toEqual([
      { name: 'unowned', seconds: 5, debts: 1 }, { name: 'a', seconds: 3, debts: 2 },
    ]);
  });
});
