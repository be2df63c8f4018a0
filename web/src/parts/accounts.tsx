// What is owed, by kind and by owner: zero-based bars with their labels beside them. Hand-written SVG.
import type { AccountRow } from '../api';
import { labour } from '../format';

export interface Bar { name: string; seconds: number; debts: number }

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
    name: `${rest.length} others`, seconds: rest.reduce((sum, bar) => sum + bar.seconds, 0), debts: rest.reduce((sum, bar) => sum + bar.debts, 0),
  }];
}

export function BarChart({ title, data, link }: { title: string; data: Bar[]; link?: (name: string) => string }) {
  const most = Math.max(1, ...data.map((bar) => bar.seconds));
  return (
    <section class="bars">
      <h2>{title}</h2>
      <table>
        <tbody>
          {data.map((bar) => (
            <tr>
              <th scope="row">{link && !bar.name.endsWith(' others') ? <a href={link(bar.name)}>{bar.name}</a> : bar.name}</th>
              <td class="bar"><svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect width={Math.max(0.5, (100 * bar.seconds) / most)} height="10" /></svg></td>
              <td class="n">{labour(bar.seconds)}</td>
              <td class="n soft">{bar.debts}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
