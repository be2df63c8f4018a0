// The debts: rows drawn where they are seen, a few a frame, so 100,000 cost what is seen. A row opens in place.
import { Component } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { query, type Debt, type Query } from '../api';
import { age, date, labour, months, quoted, spread, whole } from '../format';
import { address, set } from '../router';
import { Detail } from './detail';
import { Problem, Skeleton } from './frame';
import { usePages } from './pages';

const COLUMNS: [name: string, title: string, kind: string, hint?: string][] = [
  ['kind', 'Kind', 'of-kind'], ['subject', 'Subject', 'of-subject'], ['owner', 'Owner', 'of-owner'], ['opened', 'Age', 'n of-age'],
  ['principal', 'To pay', 'n of-pay', 'P10 – P50 – P90'], ['interest', 'A month', 'n of-month'], ['payback', 'Payback', 'n of-payback'],
];
const ROW = 33; // as in style.css, as is the height of the head
const HEAD = 31;
const BLOCK = 10; // rows drawn in a frame; pages begin at a block
const AHEAD = 10; // rows drawn above and below what is seen
const BOX_MAX = 3_000; // pixels: on paper nothing scrolls, and what is drawn would grow without end
const NEARLY = 250; // rows asked for before they are seen, once somebody scrolls
const ROWS_MAX = 500_000; // what browsers can scroll over: Firefox ends at 17 million pixels
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

export function Debts() {
  const current = filters();
  const rows = usePages(current);
  const { total } = rows;
  const [seen, setSeen] = useState(0); // the first row in sight
  const scroller = useRef<HTMLDivElement>(null);
  const [detail, setDetail] = useState(0); // height of the open row's detail
  const opened = address.value.parameters.get('debt') ?? '';
  const openedAt = useMemo(() => (opened ? rows.find(opened) : -1), [rows.changes, opened]);
  const key = query(current);
  const shownKey = useRef(key);
  useLayoutEffect(() => {
    if (shownKey.current !== key) scroller.current?.scrollTo(0, 0); // on a new page it would only force a layout
    shownKey.current = key;
  }, [key]);

  const [box, setBox] = useState(640); // height of what scrolls
  useEffect(() => {
    const watch = new ResizeObserver(() => setBox(Math.min(BOX_MAX, scroller.current?.clientHeight ?? 640)));
    if (scroller.current) watch.observe(scroller.current);
    return () => watch.disconnect();
  }, []);
  const waiting = useRef(0);
  // In a task of its own: a frame that scrolls only moves what is drawn.
  const scrolled = (element: HTMLElement) => {
    waiting.current ||= setTimeout(() => {
      waiting.current = 0;
      const below = openedAt >= 0 && element.scrollTop > (openedAt + 1) * ROW;
      const top = below ? Math.max((openedAt + 1) * ROW, element.scrollTop - detail) : element.scrollTop;
      setSeen(Math.floor(top / ROW / 5) * 5); // five rows to a redraw
    });
  };
  useEffect(() => () => clearTimeout(waiting.current), []);
  const height = Math.min(total, ROWS_MAX);
  const inSight = Math.ceil(box / ROW) + 5;
  const top = Math.min(seen, Math.max(0, height - 1));
  const bottom = Math.min(height, top + inSight);
  useLayoutEffect(() => { rows.need(top, bottom, Math.min(height, bottom + (seen > 0 ? NEARLY : inSight)), openedAt); }, [top, bottom, height, rows.changes, openedAt]);
  const { drawn, left } = useDrawn(rows.row, top, bottom, height);
  const blocks = drawn.map(({ begin, debts }) => {
    const open = openedAt >= begin && openedAt < begin + debts.length ? openedAt - begin : -1;
    const shift = openedAt >= 0 && openedAt < begin ? detail : 0;
    return <Block key={begin} debts={debts} begin={begin} top={begin * ROW + shift} open={open} currency={rows.currency} tall={setDetail} />;
  });
  const count = drawn.reduce((sum, { debts }) => sum + debts.length, 0);
  const toggle = (event: Event) => {
    const row = (event.target as Element).closest<HTMLElement>('tr[data-debt]');
    if (row) set({ debt: row.dataset.debt === opened ? undefined : row.dataset.debt }, true);
  };

  // Only when they change: what is being typed into a filter outlives rows that come.
  const filter = useMemo(() => <Filter current={current} />, [key]);
  const head = useMemo(() => <Head sort={String(current.sort)} ascending={current.ascending === true} />, [key]);
  const pinned = opened !== '' && openedAt < 0 && !rows.loading;
  return (
    <section class="debts">
      <h2>Debts <span class="soft">{rows.loading ? '' : `${whole(total)} match`}</span></h2>
      {filter}
      {rows.error && <Problem error={rows.error} />}
      {pinned && <div class="pinned"><p><strong>{opened}</strong> <button type="button" onClick={() => set({ debt: undefined }, true)}>Close</button></p><Detail id={opened} currency={rows.currency} /></div>}
      <div class="scroll" ref={scroller} tabIndex={0} role="region" aria-label="Debts that match" onScroll={(event) => scrolled(event.currentTarget)}>
        <table role="table" aria-rowcount={total} aria-busy={left || rows.loading} style={{ height: `${HEAD + height * ROW + (openedAt >= 0 ? detail : 0)}px` }} onClick={toggle}>
          {head}
          {blocks}
        </table>
        {rows.loading && total === 0 && <Skeleton rows={8} />}
        {!rows.loading && !rows.error && total === 0 && <p class="none">No debt matches. <button type="button" onClick={() => set(Object.fromEntries(FILTERS.map((name) => [name, undefined])))}>Show all</button></p>}
      </div>
      {total > count && <p class="soft printed">{whole(count)} of {whole(total)} debts are printed here; the command below lists them all.</p>}
      {total > ROWS_MAX && <p class="soft">The first {whole(ROWS_MAX)} are listed; filters and the other direction reach the rest.</p>}
    </section>
  );
}

function Head({ sort, ascending }: { sort: string; ascending: boolean }) {
  return (
    <thead role="rowgroup">
      <tr role="row">
        {COLUMNS.map(([name, title, kind, hint]) => (
          <th scope="col" role="columnheader" class={kind} title={hint} aria-sort={sort === name ? (ascending ? 'ascending' : 'descending') : undefined}>
            <button type="button" onClick={() => set({ sort: name, ascending: sort === name && !ascending ? 'true' : undefined })}>
              {title}{sort === name ? (ascending ? ' ↑' : ' ↓') : ''}
            </button>
          </th>
        ))}
        <th scope="col" role="columnheader" class="of-state">State</th>
      </tr>
    </thead>
  );
}

interface Drawn { begin: number; debts: Debt[] }

/**
 * The blocks of rows to draw now: those drawn before, and one more, those in sight first. The others are left for the next
 * frames, so that no frame takes long.
 */
function useDrawn(row: (at: number) => Debt | undefined, top: number, bottom: number, height: number): { drawn: Drawn[]; left: boolean } {
  const before = useRef(new Map<number, Debt[]>());
  const [, again] = useState(0);
  const fresh: Drawn[] = [];
  const drawn: Drawn[] = [];
  let missing = false;
  const first = Math.max(0, Math.floor((top - AHEAD) / BLOCK));
  for (let begin = first * BLOCK; begin < Math.min(height, bottom + AHEAD); begin += BLOCK) {
    const seen = begin + BLOCK > top && begin < bottom;
    const debts: Debt[] = [];
    for (let at = begin, debt; at < Math.min(height, begin + BLOCK) && (debt = row(at)); at += 1) debts.push(debt);
    const old = before.current.get(begin);
    if (debts.length < Math.min(BLOCK, height - begin)) missing ||= seen;
    else if (old?.length === debts.length && old.every((debt, i) => debt === debts[i])) drawn.push({ begin, debts: old });
    else fresh.push({ begin, debts });
  }
  // In sight from the top on; then the others.
  const inSight = fresh.filter(({ begin }) => begin + BLOCK > top && begin < bottom).sort((a, b) => a.begin - b.begin);
  const next = inSight[0] ?? fresh[0];
  if (next) drawn.push(next);
  drawn.sort((a, b) => a.begin - b.begin);
  before.current = new Map(drawn.map(({ begin, debts }) => [begin, debts]));
  const left = fresh.length > 1;
  useLayoutEffect(() => {
    if (!left) return;
    let task = 0;
    const frame = requestAnimationFrame(() => { task = setTimeout(() => again((n) => n + 1)); });
    return () => { cancelAnimationFrame(frame); clearTimeout(task); };
  });
  return { drawn, left: inSight.length > 1 || missing };
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

interface BlockOf { debts: Debt[]; begin: number; top: number; open: number; currency: string; tall: (height: number) => void }

/** Rows that are drawn together: a box by itself for the browser, and not even compared while they are as they were. */
class Block extends Component<BlockOf> {
  override shouldComponentUpdate(next: BlockOf): boolean {
    const { debts, top, open, currency } = this.props;
    return next.debts !== debts || next.top !== top || next.open !== open || next.currency !== currency;
  }
  override render({ debts, begin, top, open, currency, tall }: BlockOf) {
    return (
      <tbody role="rowgroup" class={open < 0 ? 'even' : ''} style={{ top: `${HEAD + top}px`, height: open < 0 ? `${debts.length * ROW}px` : 'auto' }}>
        {debts.map((debt, i) => <Row key={debt.id} debt={debt} at={begin + i + 1} currency={currency} open={i === open} tall={tall} />)}
      </tbody>
    );
  }
}

function Row({ debt, at, currency, open, tall }: { debt: Debt; at: number; currency: string; open: boolean; tall: (height: number) => void }) {
  const [p10, p50, p90] = spread(debt.principal_p10_s, debt.principal_p50_s, debt.principal_p90_s);
  return (
    <>
      <tr role="row" class={open ? 'open' : ''} data-debt={debt.id} aria-rowindex={at}>
        <td role="cell" class="of-kind"><button type="button" class="opener" aria-expanded={open}>{debt.kind}</button></td>
        <td role="cell" class="subject" title={`${debt.asset} / ${debt.subject}`}><strong>{debt.title}</strong> {debt.asset} / {debt.subject}</td>
        <td role="cell" class="of-owner">{debt.owner || 'unowned'}</td>
        <td role="cell" class="n of-age" title={date(debt.opened)}>{age(debt.opened, Date.now() * 1000)}</td>
        <td role="cell" class="n of-pay">{p10} – <b>{p50}</b> – {p90}</td>
        <td role="cell" class="n of-month">{labour(debt.interest_s)}</td>
        <td role="cell" class="n of-payback">{months(debt.payback_months)}</td>
        <td role="cell" class={`of-state state ${debt.state.replace(' ', '-')}`}>{debt.state}{debt.stale ? ', stale' : ''}</td>
      </tr>
      {open && <Opened id={debt.id} currency={currency} tall={tall} />}
    </>
  );
}

/** Tells how tall it is, so that the rows below make room. */
function Opened({ id, currency, tall }: { id: string; currency: string; tall: (height: number) => void }) {
  const place = useRef<HTMLTableRowElement>(null);
  useEffect(() => {
    place.current?.scrollIntoView({ block: 'nearest' });
    const watch = new ResizeObserver(() => tall(place.current?.offsetHeight ?? 0));
    if (place.current) watch.observe(place.current);
    return () => watch.disconnect();
  }, []);
  return <tr role="row" class="detail" ref={place}><td role="cell"><Detail id={id} currency={currency} /></td></tr>;
}
