// What is owed, by owner, system and kind: zero-based bars with their labels beside them. Hand-written SVG.
import type { AccountRow } from '../api';
import { labour, whole } from '../format';
import { address } from '../router';
import { bars, type Bar } from './bars';

const NAMES = [['team', 'owner'], ['system', 'system'], ['kind', 'kind']] as const;

/** Three views of the same sum: by owner, by system, by kind. A bar narrows the page to what it stands for, the other two with it. */
export function Accounts({ accounts }: { accounts: AccountRow[] }) {
  const parameters = address.value.parameters;
  const chosen = NAMES.filter(([name]) => parameters.get(name));
  const within = accounts.filter((row) => chosen.every(([name]) => row[name] === parameters.get(name)));
  const to = (name: string, value: string): string => {
    const changed = new URLSearchParams(parameters);
    if (value) changed.set(name, value);
    else changed.delete(name);
    return `/?${changed}`;
  };
  return (
    <div>
      {NAMES.map(([name, word]) => (
        <BarTable word={word} data={bars(within, name, 6)} link={(value) => to(name, value)} all={parameters.get(name) ? to(name, '') : undefined} />
      ))}
    </div>
  );
}

function BarTable({ word, data, link, all }: { word: string; data: Bar[]; link: (name: string) => string; all: string | undefined }) {
  const most = Math.max(1, ...data.map((bar) => bar.seconds));
  return (
    <section class="bars">
      <h2>Owed by {word}{all && <a href={all}>all</a>}</h2>
      <table aria-label={`Owed by ${word}`}>
        <tbody>
          {data.map((bar) => (
            <tr>
              <th scope="row" title={bar.name}>{bar.rest || all ? bar.name : <a href={link(bar.name)}>{bar.name}</a>}</th>
              <td class="bar"><svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect width={Math.max(0.5, (100 * bar.seconds) / most)} height="10" /></svg></td>
              <td class="n">{labour(bar.seconds)}</td>
              <td class="n soft">{whole(bar.debts)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
