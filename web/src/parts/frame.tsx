// The frame of every view: name, navigation, search, as-of date; and the small parts all views share.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import type { ApiError } from '../api';
import { address, go, set } from '../router';

const VIEWS: [string, string][] = [
  ['/', 'Ledger'], ['/assets', 'Assets'], ['/audits', 'Audits'], ['/checks', 'Checks'], ['/settings', 'Settings'],
];

export function Frame({ children, live }: { children: ComponentChildren; live: boolean }) {
  const search = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      if ((event.metaKey || event.ctrlKey) && event.key === 'k') {
        event.preventDefault();
        search.current?.focus();
      }
    };
    addEventListener('keydown', key);
    return () => removeEventListener('keydown', key);
  }, []);
  const path = address.value.path;
  return (
    <>
      <a class="skip" href="#main">Skip to content</a>
      <header>
        <a class="name" href="/">Solvent</a>
        <nav aria-label="Views">
          {VIEWS.map(([target, name]) => (
            <a href={target} aria-current={(target === '/' ? path === '/' : path.startsWith(target)) ? 'page' : undefined}>{name}</a>
          ))}
        </nav>
        <form role="search" onSubmit={(event) => { event.preventDefault(); go(`/?text=${encodeURIComponent(search.current?.value ?? '')}`); }}>
          <input ref={search} type="search" name="text" placeholder="Search debts" aria-label="Search debts" aria-keyshortcuts="Control+K Meta+K" />
          <kbd>Ctrl K</kbd>
        </form>
        <label class="asof">as of <input type="date" value={address.value.parameters.get('as_of') ?? ''} onChange={(event) => set({ as_of: event.currentTarget.value || undefined })} /></label>
        <span class={live ? 'live' : 'live off'} role="status">{live ? '● live' : '○ no answer'}</span>
      </header>
      <main id="main" tabIndex={-1}>{children}</main>
    </>
  );
}

/** The command that shows the same, ready to be copied. */
export function SameAs({ command }: { command: string }) {
  return <footer class="same">same as: <Copy text={command} /></footer>;
}

export function Copy({ text }: { text: string }) {
  const [copied, setCopied] = useState(false);
  return (
    <span class="copy">
      <code>{text}</code>
      <button type="button" onClick={(event) => { event.stopPropagation(); void navigator.clipboard?.writeText(text).then(() => { setCopied(true); setTimeout(() => setCopied(false), 1500); }); }}>
        {copied ? 'copied' : 'copy'}
      </button>
    </span>
  );
}

export function Problem({ error }: { error: ApiError }) {
  return (
    <div class="problem" role="alert">
      <strong>{error.message}</strong>{error.subject && !error.message.includes(error.subject) ? ` (${error.subject})` : ''}
      {error.hint && <p>What to do: {error.hint}</p>}
      {error.request_id && <p class="soft">request {error.request_id}</p>}
    </div>
  );
}

export function Empty({ what, command }: { what: string; command: string }) {
  return <div class="empty"><p>{what}</p><p>To fill it: <Copy text={command} /></p></div>;
}

/** Keeps the layout still while a view loads. */
export function Skeleton({ rows }: { rows: number }) {
  return <div class="skeleton" aria-busy="true" aria-label="loading">{Array.from({ length: rows }, () => <div />)}</div>;
}
