// The frame of every view: name, navigation, search, as-of date, who looks; and the small parts all views share.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import { problemOf, type ApiError } from '../api';
import { address, go, set } from '../router';
import { signedIn, signOut, who } from '../session';

const VIEWS: [string, string][] = [
  ['/', 'Ledger'], ['/assets', 'Assets'], ['/audits', 'Audits'], ['/checks', 'Checks'], ['/settings', 'Settings'],
];
const MAC = navigator.platform.startsWith('Mac');

export function Frame({ children, live }: { children: ComponentChildren; live: boolean }) {
  const search = useRef<HTMLInputElement>(null);
  const { path, parameters } = address.value;
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      if ((event.metaKey || event.ctrlKey) && event.key === 'k') {
        event.preventDefault();
        search.current?.focus();
        search.current?.select();
      }
    };
    addEventListener('keydown', key);
    return () => removeEventListener('keydown', key);
  }, []);
  const here = VIEWS.find(([target]) => (target === '/' ? path === '/' : path.startsWith(target)));
  useEffect(() => { document.title = here && here[0] !== '/' ? `${here[1]} · Solvent` : 'Solvent'; }, [here?.[1]]);
  const asOf = parameters.get('as_of') ?? '';
  return (
    <>
      <a class="skip" href="#main">Skip to content</a>
      <header>
        <a class="name" href="/">Solvent</a>
        <nav aria-label="Views">
          {VIEWS.map(([target, name]) => <a href={target} aria-current={here?.[0] === target ? 'page' : undefined}>{name}</a>)}
        </nav>
        <form role="search" onSubmit={(event) => { event.preventDefault(); go(`/?text=${encodeURIComponent(search.current?.value.trim() ?? '')}`); }}>
          <input ref={search} type="search" name="text" placeholder="Search debts" aria-label="Search debts" aria-keyshortcuts="Control+K Meta+K" defaultValue={path === '/' ? (parameters.get('text') ?? '') : ''} />
          <kbd aria-hidden="true">{MAC ? '⌘K' : 'Ctrl K'}</kbd>
        </form>
        <label class="asof">as of <input type="date" value={asOf} onChange={(event) => set({ as_of: event.currentTarget.value || undefined })} /></label>
        <Session />
        <span class={live ? 'live' : 'live off'} role="status">{live ? '● live' : '○ no answer'}</span>
      </header>
      {asOf && <p class="then" role="note">As it stood at the end of {asOf}. <button type="button" onClick={() => set({ as_of: undefined })}>Back to now</button></p>}
      <main id="main" tabIndex={-1}>{children}</main>
    </>
  );
}

function Session() {
  if (!signedIn()) return <a class="who" href="/signin">Sign in</a>;
  const { principal, role } = who.value!;
  return (
    <span class="who">
      <span title={principal}>{principal.replace(/^user:/, '')}</span> <span class="soft">{role}</span>
      <button type="button" onClick={() => { void signOut().then(() => go('/signin')); }}>Sign out</button>
    </span>
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
      <button type="button" aria-label={`copy ${text}`} onClick={(event) => { event.stopPropagation(); void navigator.clipboard?.writeText(text).then(() => { setCopied(true); setTimeout(() => setCopied(false), 1500); }); }}>
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

/** An act that writes: its button says what it does, and what came of it is shown beside it. */
export function useAct(act: () => Promise<void>): { run: () => void; busy: boolean; error: ApiError | undefined } {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError>();
  const run = () => {
    setBusy(true);
    setError(undefined);
    act().catch((reason: unknown) => setError(problemOf(reason))).finally(() => setBusy(false));
  };
  return { run, busy, error };
}
