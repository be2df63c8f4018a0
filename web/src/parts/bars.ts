// Sums of accounts, as bars. Pure.
import type { AccountRow } from '../api';

export interface Bar { name: string; seconds: number; debts: number; rest?: boolean }

/** Sums accounts by one of their names, largest first, the tail folded into one bar. */
export function bars(accounts: AccountRow[], by: 'team' | 'kind' | 'system', most = 8): Bar[] {
  const sums = new Map<string, Bar>();
  for (const row of accounts) {
    const name = row[by] || (by === 'team' ? 'unowned' : 'none');
    const bar = sums.get(name) ?? { name, seconds: 0, debts: 0 };
    bar.seconds += row.principal_s;
    bar.debts += row.debts;
    sums.set(name, bar);
  }
  const sorted = [...sums.values()].sort((a, b) => b.seconds - a.seconds || a.name.localeCompare(b.name));
  if (sorted.length <= most) return sorted;
  const rest = sorted.slice(most - 1);
  return [...sorted.slice(0, most - 1), {
    name: `${rest.length} others`, rest: true, seconds: rest.reduce((sum, bar) => sum + bar.seconds, 0), debts: rest.reduce((sum, bar) => sum + bar.debts, 0),
  }];
}
