// Data of a view: asked for when its key changes, kept while it is asked for again, with its error.
import { signal, type Signal } from '@preact/signals';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { get, problemOf, takeEarly, type ApiError, type Query } from './api';

export interface Loaded<T> { value?: T; error?: ApiError; loading: boolean; key: string }

/** GETs `path` whenever it or its parameters change; an older answer never overtakes a newer one. */
export function useGet<T>(path: string, parameters: Query = {}): Signal<Loaded<T>> {
  const key = path + JSON.stringify(parameters);
  const state = useMemo(() => {
    const value = takeEarly<T>(path, parameters);
    return signal<Loaded<T>>(value === undefined ? { loading: true, key: '' } : { value, loading: false, key });
  }, []);
  const there = useRef(!state.value.loading);
  // Before the frame is painted, so that the server works meanwhile.
  useLayoutEffect(() => {
    const early = there.current;
    there.current = false;
    if (!path || early) return;
    const abort = new AbortController();
    state.value = { ...state.value, loading: true };
    get<T>(path, parameters, abort.signal).then(
      (value) => (state.value = { value, loading: false, key }),
      (error: unknown) => {
        if (abort.signal.aborted) return;
        state.value = { error: problemOf(error), loading: false, key };
      },
    );
    return () => abort.abort();
  }, [key, refreshes.value]);
  return state;
}

/** Raised to ask for everything again: after a write, or when the server says that something changed. */
export const refreshes = signal(0);
