// The debts: pages asked for by key as they scroll into sight, so 100,000 rows cost what is seen. A row opens in place.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { get, query, Refused, type ApiError, type Debt, type DebtDetail, type DebtPage, type Query } from '../api';
import { age, amount, date, labour, months, whole } from '../format';
import { refreshes } from '../load';
import { address, set } from '../router';
import { Copy, Problem, Skeleton } from './frame';

const COLUMNS: [string, string, boolean][] = [
  ['kind', 'Kind', false], ['subject', 'Subject', false], ['owner', 'Owner', false], ['opened', 'Age', true],
  ['principal', 'To pay', true], ['interest', 'A month', true], ['payback', 'Payback', true],
];
const PAGE = 100;
const ROW = 33;
const FILTERS = ['state', 'team', 'kind', 'check', 'asset', 'text'] as const;

export function filters(): Query {
  const parameters = address.value.parameters;
  const out: Query = { sort: parameters.get('sort') ?? 'interest', ascending: parameters.get('ascending') === 'true', as_of: parameters.get('as_of') ?? undefined };
  for (const name of FILTERS) out[name] = parameters.get(name) ?? undefined;
  return out;
}

/** The command that lists the same debts. */
export function command(current: Query): string {
  const words = ['solvent debt list'];
  for (const name of [...FILTERS, 'as_of'] as const) {
    const value = current[name];
    if (value) words.push(`--${name.replace('_', '-')} ${/^[\w./@=-]+$/.test(String(value)) ? value : `'${String(value).replaceAll("'", "'\\''")}'`}`);
  }
  words.push(`--sort ${current.sort}`);
  if (current.ascending) words.push('--ascending');
  return words.join(' ');
}

interface Rows { debts: Debt[]; next: string; total: number; currency: string; error?: ApiError; loading: boolean }

export function Debts() {
  const current = filters();
  const key = query(current) + refreshes.value;
  const [rows, setRows] = useState<Rows>({ debts: [], next: '', total: 0, currency: '', loading: true });
  const busy = useRef(false);
  const [top, setTop] = useState(0);
  const scroller = useRef<HTMLDivElement>(null);
  const opened = address.value.parameters.get('debt') ?? '';

  const ask = (after: string, before: Debt[]) => {
    busy.current = true;
    get<DebtPage>('/api/debts', { ...current, after, limit: PAGE }).then(
      (page) => setRows({ debts: before.concat(page.debts), next: page.next, total: page.total, currency: page.currency, loading: false }),
      (error: unknown) => setRows({ debts: before, next: '', total: 0, currency: '', loading: false, error: (error as Refused).detail }),
    ).finally(() => (busy.current = false));
  };
  useEffect(() => {
    setRows((old) => ({ ...old, loading: true }));
    scroller.current?.scrollTo(0, 0);
    ask('', []);
  }, [key]);

  const height = scroller.current?.clientHeight ?? 600;
  const first = Math.max(0, Math.floor(top / ROW) - 10);
  const last = Math.min(rows.debts.length, first + Math.ceil(height / ROW) + 20);
  useEffect(() => {
    if (!busy.current && rows.next && last > rows.debts.length - 30) ask(rows.next, rows.debts);
  }, [last, rows]);

  const shown = useMemo(() => rows.debts.slice(first, last), [rows.debts, first, last]);
  if (rows.error) return <Problem error={rows.error} />;
  const sort = String(current.sort);
  return (
    <section class="debts">
      <h2>Debts <span class="soft">{rows.loading ? '' : `${whole(rows.total)} match`}</span></h2>
      <Filter current={current} />
      <div class="scroll" ref={scroller} onScroll={(event) => setTop(event.currentTarget.scrollTop)}>
        <table aria-rowcount={rows.total}>
          <thead>
            <tr>
              {COLUMNS.map(([name, title, right]) => (
                <th class={right ? 'n' : ''} aria-sort={sort === name ? (current.ascending ? 'ascending' : 'descending') : undefined}>
                  <button type="button" onClick={() => set({ sort: name, ascending: sort === name && !current.ascending ? 'true' : undefined })}>
                    {title}{sort === name ? (current.ascending ? ' ↑' : ' ↓') : ''}
                  </button>
                </th>
              ))}
              <th>State</th>
            </tr>
          </thead>
          <tbody>
            <tr class="pad" aria-hidden="true"><td colSpan={8} style={{ height: `${first * ROW}px` }} /></tr>
            {shown.map((debt) => <Row key={debt.id} debt={debt} currency={rows.currency} open={debt.id === opened} />)}
            <tr class="pad" aria-hidden="true"><td colSpan={8} style={{ height: `${Math.max(0, (rows.next ? Math.min(rows.total, rows.debts.length + PAGE) : rows.debts.length) - last) * ROW}px` }} /></tr>
          </tbody>
        </table>
        {rows.loading && rows.debts.length === 0 && <Skeleton rows={8} />}
        {!rows.loading && rows.debts.length === 0 && <p class="empty">No debt matches. <button type="button" onClick={() => set(Object.fromEntries(FILTERS.map((name) => [name, undefined])))}>Show all</button></p>}
      </div>
    </section>
  );
}

function Filter({ current }: { current: Query }) {
  const field = (name: string, label: string) => (
    <label>{label} <input type="text" value={String(current[name] ?? '')} onChange={(event) => set({ [name]: event.currentTarget.value.trim() || undefined })} /></label>
  );
  return (
    <div class="filter">
      <label>State <select value={String(current.state ?? '')} onChange={(event) => set({ state: event.currentTarget.value || undefined })}>
        <option value="">open and accepted</option>
        {['open', 'accepted', 'paid', 'retired', 'written off', 'relapsed'].map((state) => <option value={state}>{state}</option>)}
      </select></label>
      {field('team', 'Owner')}{field('kind', 'Kind')}{field('asset', 'Asset')}{field('text', 'Text')}
    </div>
  );
}

function Row({ debt, currency, open }: { debt: Debt; currency: string; open: boolean }) {
  const toggle = () => set({ debt: open ? undefined : debt.id }, true);
  return (
    <>
      <tr class={open ? 'open' : ''} onClick={toggle}>
        <td><button type="button" class="opener" aria-expanded={open} onClick={(event) => { event.stopPropagation(); toggle(); }}>{open ? '▾' : '▸'} {debt.kind}</button></td>
        <td class="subject"><strong>{debt.title}</strong> <span class="soft">{debt.asset} / {debt.subject}</span></td>
        <td>{debt.owner || 'unowned'}</td>
        <td class="n" title={date(debt.opened)}>{age(debt.opened, Date.now() * 1000)}</td>
        <td class="n">{labour(debt.principal_s)}</td>
        <td class="n">{labour(debt.interest_s)}</td>
        <td class="n">{months(debt.payback_months)}</td>
        <td><span class={`state ${debt.state.replace(' ', '-')}`}>{debt.state}{debt.stale ? ', stale' : ''}</span></td>
      </tr>
      {open && <tr class="detail"><td colSpan={8}><Detail id={debt.id} currency={currency} /></td></tr>}
    </>
  );
}

export function Detail({ id, currency }: { id: string; currency: string }) {
  const [state, setState] = useState<{ detail?: DebtDetail; error?: ApiError }>({});
  useEffect(() => {
    get<DebtDetail>(`/api/debts/${encodeURIComponent(id)}`).then((detail) => setState({ detail }), (error: unknown) => setState({ error: (error as Refused).detail }));
  }, [id, refreshes.value]);
  if (state.error) return <Problem error={state.error} />;
  if (!state.detail) return <Skeleton rows={5} />;
  const { debt, question, source, advice, principal, interest, findings, history } = state.detail;
  const place = (path: string, cell: number, line: number, item: string) => `${path || item}${cell ? ` cell ${cell}` : ''}${line ? `:${line}` : ''}`;
  return (
    <div class="drill">
      <section>
        <h3>Why</h3>
        <p>{question} <span class="soft">{source}</span></p>
        <ul class="findings">
          {findings.map((finding) => <li><code>{place(finding.path, finding.cell, finding.line, finding.item)}</code> {finding.message}{finding.state !== 'open' && <span class="state"> {finding.state}</span>}</li>)}
        </ul>
      </section>
      <section>
        <h3>Price</h3>
        <p><strong>{amount(principal.p50_s, undefined, currency)}</strong> to pay (80 %: {labour(principal.p10_s)} to {labour(principal.p90_s)}), {principal.basis}</p>
        <p class="soft">{principal.derivation}</p>
        <p><strong>{amount(interest.p50_s, undefined, currency)}</strong> a month (80 %: {labour(interest.p10_s)} to {labour(interest.p90_s)}), {interest.basis}</p>
        <p class="soft">{interest.derivation}</p>
      </section>
      <section>
        <h3>Pay</h3>
        <p>{advice}</p>
        {debt.fix && <p><Copy text={debt.fix} /></p>}
        <p class="soft">{debt.id}, {findings.length} findings, owner {debt.owner || 'unowned'}{debt.owner_origin && ` (${debt.owner_origin})`}</p>
        {debt.accepted_by && <p>Accepted by {debt.accepted_by} until {date(debt.accepted_until)}: {debt.accepted_reason}</p>}
        <ul class="history">{history.map((entry) => <li>{date(entry.effective_at)} {entry.kind} {labour(entry.amount_s)} <span class="soft">{entry.memo}</span></li>)}</ul>
      </section>
    </div>
  );
}
