// The address is the state: view, filters and "as of" are in the URL, so every view can be linked and Back works.
import { signal } from '@preact/signals';

export interface Address { path: string; parameters: URLSearchParams }

function read(): Address {
  return { path: location.pathname, parameters: new URLSearchParams(location.search) };
}

export const address = signal<Address>(read());

addEventListener('popstate', () => {
  address.value = read();
});

/** Goes to a view; `as_of` travels along unless the target says otherwise. */
export function go(target: string): void {
  const url = new URL(target, location.origin);
  const asOf = address.value.parameters.get('as_of');
  if (asOf && !url.searchParams.has('as_of')) url.searchParams.set('as_of', asOf);
  const other = url.pathname !== location.pathname;
  history.pushState(null, '', url);
  address.value = read();
  scrollTo(0, 0);
  // The next Tab goes on in the view, not in the header that led to it.
  if (other) document.getElementById('main')?.focus({ preventScroll: true });
}

/** The same view under its lasting address. */
export function become(target: string): void {
  history.replaceState(null, '', new URL(target, location.origin));
  address.value = read();
}

/** Changes parameters of this view; an empty value takes one away. */
export function set(changes: Record<string, string | undefined>, replace = false): void {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(changes)) {
    if (value) url.searchParams.set(name, value);
    else url.searchParams.delete(name);
  }
  if (replace) history.replaceState(null, '', url);
  else history.pushState(null, '', url);
  address.value = read();
}

/** Plain left clicks on links stay in the page. */
export function follow(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = (event.target as Element | null)?.closest('a');
  if (!link || link.origin !== location.origin || link.target || link.hasAttribute('download') || link.pathname.startsWith('/api/')) return;
  event.preventDefault();
  go(link.href);
}
