// Rows of a list of any length, page by page as they are needed. A page begins behind the last key of the one before it; one
// that is jumped to is asked for by the rows to leave out since the nearest key that is known, once: it brings the next key.
import { useLayoutEffect, useMemo, useState } from 'preact/hooks';
import { get, problemOf, query, takeEarly, type ApiError, type Debt, type DebtPage, type Query } from '../api';
import { refreshes } from '../load';

const FIRST_PAGE = 100; // on the screen soon
const NEXT_PAGE = 500;
const KEPT = 40; // pages; of more, those far from what is seen are forgotten

export const pageOf = (row: number): number => (row < FIRST_PAGE ? 0 : 1 + Math.floor((row - FIRST_PAGE) / NEXT_PAGE));
export const beginOf = (page: number): number => (page === 0 ? 0 : FIRST_PAGE + (page - 1) * NEXT_PAGE);

/** What to ask for to get a page: behind which known key, and how many rows to leave out there. */
export function request(page: number, keys: ReadonlyMap<number, string>): { after: string; skip: number; limit: number } {
  let from = page;
  while (from > 0 && !keys.has(from)) from -= 1;
  return { after: from === 0 ? '' : keys.get(from)!, skip: beginOf(page) - beginOf(from), limit: page === 0 ? FIRST_PAGE : NEXT_PAGE };
}

/** What is asked for first of a list. */
export const firstPage = (current: Query): Query => ({ ...current, ...request(0, new Map()) });

/** One list in one order. */
class List {
  readonly pages = new Map<number, Debt[]>();
  readonly keys = new Map<number, string>(); // page → the key that it begins behind
  readonly old = new Set<number>(); // pages to be asked for again when they are seen
  total = 0;
  currency = '';

  has(page: number): boolean {
    return this.pages.has(page) && !this.old.has(page);
  }
  take(page: number, { debts, next, total, currency }: DebtPage): void {
    this.pages.set(page, debts);
    this.old.delete(page);
    if (next) this.keys.set(page + 1, next);
    this.total = total;
    this.currency = currency;
  }
  /** The same rows until they are asked for again. */
  aged(): List {
    const list = new List();
    for (const [page, debts] of this.pages) {
      list.pages.set(page, debts);
      list.old.add(page);
    }
    list.total = this.total;
    list.currency = this.currency;
    return list;
  }
  forget(near: number, but: number): void {
    const far = [...this.pages.keys()].filter((page) => page !== but).sort((a, b) => Math.abs(b - near) - Math.abs(a - near));
    for (const page of far.slice(0, Math.max(0, this.pages.size - KEPT))) this.pages.delete(page);
  }
  find(id: string): number {
    for (const [page, debts] of this.pages) {
      const at = debts.findIndex((debt) => debt.id === id);
      if (at >= 0) return beginOf(page) + at;
    }
    return -1;
  }
}

export interface Rows {
  total: number;
  currency: string;
  error: ApiError | undefined;
  loading: boolean; // nothing of this list is there yet
  changes: number; // counts up whenever rows came
  row: (at: number) => Debt | undefined;
  find: (id: string) => number;
  /** These rows are seen; `ahead` is the last that soon may be. `keep` is a row that must not be forgotten. */
  need: (first: number, last: number, ahead: number, keep: number) => void;
}

/** The debts that match, any of them. Asked again, the rows in sight first; until they are there the old ones stay. */
export function usePages(current: Query): Rows {
  const [changes, setChanges] = useState(0);
  const key = query(current);
  const s = useMemo(() => {
    const list = new List();
    const first = takeEarly<DebtPage>('/api/debts', firstPage(current));
    if (first) list.take(0, first);
    return { shown: list, list, key: first ? key : '', loading: !first, fresh: first !== undefined, seen: [0, 0, 0, -1], abort: undefined as AbortController | undefined, error: undefined as ApiError | undefined };
  }, []);
  const ask = () => {
    if (s.abort || s.error) return; // one at a time: what is asked for next is what is seen then
    const [first, last, ahead, keep] = s.seen as [number, number, number, number];
    const { list } = s;
    const end = s.loading || list.total === 0 ? 0 : pageOf(list.total - 1);
    const wanted = s.loading ? [0] : [...range(pageOf(first), pageOf(last)), ...range(pageOf(last), pageOf(ahead))];
    const page = wanted.find((one) => one <= end && !list.has(one));
    if (page === undefined) return;
    const abort = new AbortController();
    s.abort = abort;
    get<DebtPage>('/api/debts', { ...current, ...request(page, list.keys) }, abort.signal).then(
      (answer) => {
        list.take(page, answer);
        list.forget(pageOf(last), keep < 0 ? -1 : pageOf(keep));
        s.shown = list;
        s.loading = false;
        s.abort = undefined;
        setChanges((n) => n + 1);
      },
      (error: unknown) => {
        if (abort.signal.aborted) return;
        s.abort = undefined;
        s.error = problemOf(error);
        s.loading = false;
        setChanges((n) => n + 1);
      },
    );
  };
  if (key !== s.key) s.loading = true;
  // Before the frame is painted, so that the server works meanwhile.
  useLayoutEffect(() => {
    const { fresh } = s;
    s.fresh = false;
    if (fresh) return;
    s.abort?.abort();
    s.abort = undefined;
    s.error = undefined;
    s.list = key === s.key ? s.list.aged() : new List();
    if (key !== s.key) s.seen = [0, 0, 0, -1];
    s.key = key;
    ask();
  }, [key, refreshes.value]);
  useLayoutEffect(() => () => s.abort?.abort(), []);
  const { shown } = s;
  return {
    total: shown.total, currency: shown.currency, error: s.error, loading: s.loading, changes,
    row: (at) => { const page = pageOf(at); return shown.pages.get(page)?.[at - beginOf(page)]; },
    find: (id) => shown.find(id),
    need: (...seen) => { s.seen = seen; ask(); },
  };
}

function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
}
