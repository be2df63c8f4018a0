// The debts: pages asked for by key as they scroll into sight, so 100,000 rows cost what is seen. A row opens in place.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { get, problemOf, query, type ApiError, type Debt, type DebtPage, type Query } from '../api';
import { age, date, labour, months, quoted, spread, whole } from '../format';
import { refreshes } from '../load';
import { address, set } from '../router';
import { Detail } from './detail';
import { Problem, Skeleton } from './frame';

const COLUMNS: [string, string, string][] = [
  ['kind', 'Kind', 'of-kind'], ['subject', 'Subject', 'of-subject'], ['owner', 'Owner', 'of-owner'], ['opened', 'Age', 'n of-age'],
  ['principal', 'To pay', 'n of-pay'], ['interest', 'A month', 'n of-month'], ['payback', 'Payback', 'n of-payback'],
];
const FIRST_PAGE = 100; // on the screen soon
const NEXT_PAGE = 500; // seldom asked for
const ROW = 33;
const AHEAD = 10; // rows drawn above and below what is seen
const NARROW = '(max-width: 56rem)'; // as in style.css, which then shows four columns of eight
const FILTERS = ['state', 'team', 'system', 'kind', 'check', 'asset', 'text'] as const;

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
    if (value) words.push(`--${name.replace('_', '-')} ${quoted(String(value))}`);
  }
  words.push(`--sort ${current.sort}`);
  if (current.ascending) words.push('--ascending');
  return words.join(' ');
}

interface Rows { debts: Debt[]; next: string; total: number; currency: string; error?: ApiError; loading: boolean }

/** The rows after a cursor, at least `count` of them where there are so many. */
async function read(current: Query, after: string, count: number, signal: AbortSignal): Promise<DebtPage> {
  const page = await get<DebtPage>('/api/debts', { ...current, after, limit: Math.min(1_000, count) }, signal);
  while (page.next && page.debts.length < count) {
    const more = await get<DebtPage>('/api/debts', { ...current, after: page.next, limit: Math.min(1_000, count - page.debts.length) }, signal);
    page.debts.push(...more.debts);
    page.next = more.next;
  }
  return page;
}

/** The debts that match, from the first on; `more` asks for the next page, once at a time. Asked again, as many as before. */
function usePages(current: Query): Rows & { more: () => void } {
  const [rows, setRows] = useState<Rows>({ debts: [], next: '', total: 0, currency: '', loading: true });
  const asking = useRef<AbortController | undefined>(undefined);
  const asked = useRef('');
  const behind = useRef(''); // the last cursor asked for: what is drawn may still know an older one
  const ask = (after: string, count: number, before: Debt[]) => {
    asking.current?.abort();
    const abort = new AbortController();
    asking.current = abort;
    behind.current = after;
    read(current, after, count, abort.signal).then(
      ({ debts, next, total, currency }) => {
        asking.current = undefined;
        setRows({ debts: before.concat(debts), next, total, currency, loading: false });
      },
      (error: unknown) => { if (!abort.signal.aborted) setRows({ debts: before, next: '', total: 0, currency: '', loading: false, error: problemOf(error) }); },
    );
  };
  const key = query(current);
  useEffect(() => {
    const again = asked.current === key;
    asked.current = key;
    setRows((old) => (again ? old : { ...old, loading: true }));
    ask('', again ? Math.max(FIRST_PAGE, rows.debts.length) : FIRST_PAGE, []);
    return () => asking.current?.abort();
  }, [key, refreshes.value]);
  return { ...rows, more: () => { if (!asking.current && rows.next && rows.next !== behind.current) ask(rows.next, NEXT_PAGE, rows.debts); } };
}

export function Debts() {
  const current = filters();
  const rows = usePages(current);
  const { debts, next, total } = rows;
  const [seen, setSeen] = useState(0); // the first row in sight
  const scroller = useRef<HTMLDivElement>(null);
  const [detail, setDetail] = useState(0); // height of the open row's detail
  const opened = address.value.parameters.get('debt') ?? '';
  const openedAt = useMemo(() => (opened ? debts.findIndex((debt) => debt.id === opened) : -1), [debts, opened]);
  const key = query(current);
  useEffect(() => { scroller.current?.scrollTo(0, 0); }, [key]);

  const scrolled = (element: HTMLElement) => {
    const below = openedAt >= 0 && element.scrollTop > (openedAt + 1) * ROW;
    const top = below ? Math.max((openedAt + 1) * ROW, element.scrollTop - detail) : element.scrollTop;
    setSeen(Math.floor(top / ROW / 5) * 5); // five rows to a redraw
  };
  const inSight = Math.ceil((scroller.current?.clientHeight ?? 640) / ROW);
  const first = Math.max(0, Math.min(seen, debts.length) - AHEAD);
  const last = Math.min(debts.length, seen + inSight + AHEAD + 5);
  useEffect(() => { if (last > debts.length - 2 * inSight) rows.more(); }, [last, debts, next]);

  const above = first * ROW + (openedAt >= 0 && openedAt < first ? detail : 0);
  const below = (debts.length - last + Math.min(total - debts.length, next ? NEXT_PAGE : 0)) * ROW + (openedAt >= last ? detail : 0);
  const sort = String(current.sort);
  const pinned = opened !== '' && openedAt < 0 && !rows.loading;
  return (
    <section class="debts">
      <h2>Debts <span class="soft">{rows.loading ? '' : `${whole(total)} match`}</span></h2>
      <Filter current={current} />
      {rows.error && <Problem error={rows.error} />}
      {pinned && <div class="pinned"><p><strong>{opened}</strong> <button type="button" onClick={() => set({ debt: undefined }, true)}>Close</button></p><Detail id={opened} currency={rows.currency} /></div>}
      <div class="scroll" ref={scroller} tabIndex={0} role="region" aria-label="Debts that match" onScroll={(event) => scrolled(event.currentTarget)}>
        <table aria-rowcount={total}>
          <thead>
            <tr>
              {COLUMNS.map(([name, title, kind]) => (
                <th scope="col" class={kind} aria-sort={sort === name ? (current.ascending ? 'ascending' : 'descending') : undefined}>
                  <button type="button" onClick={() => set({ sort: name, ascending: sort === name && !current.ascending ? 'true' : undefined })}>
                    {title}{sort === name ? (current.ascending ? ' ↑' : ' ↓') : ''}
                  </button>
                </th>
              ))}
              <th scope="col" class="of-state">State</th>
            </tr>
          </thead>
          <tbody>
            <tr class="pad" aria-hidden="true"><td style={{ height: `${above}px` }} /></tr>
            {debts.slice(first, last).map((debt, i) => <Row key={debt.id} debt={debt} at={first + i + 1} currency={rows.currency} open={debt.id === opened} tall={setDetail} />)}
            <tr class="pad" aria-hidden="true"><td style={{ height: `${Math.max(0, below)}px` }} /></tr>
          </tbody>
        </table>
        {rows.loading && debts.length === 0 && <Skeleton rows={8} />}
        {!rows.loading && !rows.error && debts.length === 0 && <p class="none">No debt matches. <button type="button" onClick={() => set(Object.fromEntries(FILTERS.map((name) => [name, undefined])))}>Show all</button></p>}
      </div>
    </section>
  );
}

function Filter({ current }: { current: Query }) {
  const field = (name: string, label: string) => (
    <label>{label} <input type="text" value={String(current[name] ?? '')} onChange={(event) => set({ [name]: event.currentTarget.value.trim() || undefined })} /></label>
  );
  const any = FILTERS.some((name) => current[name]);
  return (
    <div class="filter">
      <label>State <select value={String(current.state ?? '')} onChange={(event) => set({ state: event.currentTarget.value || undefined })}>
        <option value="">open and accepted</option>
        {['open', 'accepted', 'paid', 'retired', 'written off', 'relapsed'].map((state) => <option value={state}>{state}</option>)}
      </select></label>
      {field('team', 'Owner')}{field('system', 'System')}{field('kind', 'Kind')}{field('asset', 'Asset')}{field('text', 'Text')}
      {any && <button type="button" onClick={() => set(Object.fromEntries(FILTERS.map((name) => [name, undefined])))}>Clear</button>}
    </div>
  );
}

function Row({ debt, at, currency, open, tall }: { debt: Debt; at: number; currency: string; open: boolean; tall: (height: number) => void }) {
  const toggle = () => set({ debt: open ? undefined : debt.id }, true);
  const [p10, p50, p90] = spread(debt.principal_p10_s, debt.principal_p50_s, debt.principal_p90_s);
  return (
    <>
      <tr class={open ? 'open' : ''} data-debt={debt.id} aria-rowindex={at} onClick={toggle}>
        <td class="of-kind"><button type="button" class="opener" aria-expanded={open} onClick={(event) => { event.stopPropagation(); toggle(); }}><i aria-hidden="true">{open ? '▾' : '▸'}</i> {debt.kind}</button></td>
        <td class="subject" title={`${debt.asset} / ${debt.subject}`}><strong>{debt.title}</strong> <span class="soft">{debt.asset} / {debt.subject}</span></td>
        <td class="of-owner">{debt.owner || 'unowned'}</td>
        <td class="n of-age" title={date(debt.opened)}>{age(debt.opened, Date.now() * 1000)}</td>
        <td class="n of-pay" title="P10 – P50 – P90">{p10} – <b>{p50}</b> – {p90}</td>
        <td class="n of-month">{labour(debt.interest_s)}</td>
        <td class="n of-payback">{months(debt.payback_months)}</td>
        <td class="of-state"><span class={`state ${debt.state.replace(' ', '-')}`}>{debt.state}{debt.stale ? ', stale' : ''}</span></td>
      </tr>
      {open && <Opened id={debt.id} currency={currency} tall={tall} />}
    </>
  );
}

/** Tells how tall it is, so that what scrolls away keeps its place. */
function Opened({ id, currency, tall }: { id: string; currency: string; tall: (height: number) => void }) {
  const place = useRef<HTMLTableRowElement>(null);
  useEffect(() => {
    place.current?.scrollIntoView({ block: 'nearest' });
    const watch = new ResizeObserver(() => tall(place.current?.offsetHeight ?? 0));
    if (place.current) watch.observe(place.current);
    return () => watch.disconnect();
  }, []);
  return <tr class="detail" ref={place}><td colSpan={matchMedia(NARROW).matches ? 4 : 8}><Detail id={id} currency={currency} /></td></tr>;
}
