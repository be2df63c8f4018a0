// Every setting, its value here and where that comes from; and signing in.
import { useState } from 'preact/hooks';
import { problemOf, send, type ApiError } from '../api';
import { refreshes, useGet } from '../load';
import { Problem, SameAs, Skeleton } from '../parts/frame';
import { Table } from '../parts/table';
import { go } from '../router';
import { lookWho, signedIn, who } from '../session';

interface Setting { key: string; value: string; origin: string; doc: string; variable: string }

export function Settings() {
  const list = useGet<{ settings: Setting[] }>('/api/settings').value;
  if (list.error) return <Problem error={list.error} />;
  if (!list.value) return <Skeleton rows={12} />;
  return (
    <>
      <h1>Settings</h1>
      <p class="soft">Set in <code>.solvent/solvent.toml</code>, by a variable, or for one command with <code>--set key=value</code>. The file is read when a command or the server starts.</p>
      <Table label="Settings" rows={list.value.settings} keyOf={(setting) => setting.key} columns={[
        { title: 'Setting', cell: (setting) => <code>{setting.key}</code> },
        { title: 'Value', cell: (setting) => <code>{setting.value}</code> },
        { title: 'From', cell: (setting) => setting.origin },
        { title: 'Meaning', cell: (setting) => setting.doc },
        { title: 'Variable', cell: (setting) => <code class="soft">{setting.variable}</code> },
      ]} />
      <SameAs command="solvent settings list --wide" />
    </>
  );
}

export function SignIn() {
  const [error, setError] = useState<ApiError>();
  const [busy, setBusy] = useState(false);
  const submit = (event: Event) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    setError(undefined);
    const name = String(data.get('name')).trim();
    send('POST', '/api/signin', { name: /^\w+:/.test(name) ? name : `user:${name}`, password: String(data.get('password')) }).then(lookWho).then(
      () => { refreshes.value += 1; go('/'); },
      (reason: unknown) => setError(problemOf(reason)),
    ).finally(() => setBusy(false));
  };
  return (
    <form class="signin" onSubmit={submit}>
      <h1>Sign in</h1>
      {signedIn() && <p class="soft">You are {who.value!.principal}, {who.value!.role}.</p>}
      <label>Name <input name="name" autocomplete="username" required /></label>
      <label>Password <input name="password" type="password" autocomplete="current-password" required /></label>
      <button type="submit" disabled={busy}>Sign in</button>
      {error && <Problem error={error} />}
      <p class="soft">An administrator makes a name: <code>solvent principal add user:NAME --role editor --password …</code>. Programs use a token: <code>solvent token create</code>.</p>
      <SameAs command="solvent whoami" />
    </form>
  );
}
