// Starting an audit from here: what the workspace itself holds. A server opens no folder of a client's, so a project is audited
// by the command, which uploads what it needs.
import { useState } from 'preact/hooks';
import { Refused, type ApiError } from '../api';
import { quoted } from '../format';
import { useGet } from '../load';
import { mayWrite } from '../session';
import { Copy, Problem, useAct } from './frame';

interface Named { name: string }
interface Version { digest: string; slice: string; created: number }

/** Asks for it, and yields once the server has taken it up; the audit itself goes on whether anybody waits or not. */
async function begin(request: object): Promise<void> {
  const response = await fetch('/api/audits', {
    method: 'POST', headers: { 'Content-Type': 'application/json', Accept: 'text/event-stream, application/json' }, body: JSON.stringify(request),
  });
  if (!response.ok || !response.body) {
    const body = (await response.json().catch(() => undefined)) as { error?: ApiError } | undefined;
    throw new Refused(response.status, body?.error ?? { code: 'UNKNOWN', message: `the server answered ${response.status}`, hint: 'try again', subject: '', request_id: '' });
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (!text.includes('\n\n')) {
    const { value, done } = await reader.read();
    if (done) break;
    text += value;
  }
  void reader.cancel();
  if (/^event: ?error/m.test(text)) {
    const { error } = JSON.parse(/^data: ?(.*)$/m.exec(text)![1]!) as { error: ApiError };
    throw new Refused(400, error);
  }
}

export function Start({ started }: { started: () => void }) {
  const sets = useGet<{ assets: Named[] }>('/api/assets', { kind: 'dataset', limit: 200 }).value.value?.assets ?? [];
  const [datasets, setDatasets] = useState<string[]>([]);
  const [pair, setPair] = useState(['', '', '']);
  const [graph, setGraph] = useState(true);
  const [dry, setDry] = useState(false);
  const compare = pair.every(Boolean) ? [`${pair[0]}@${pair[1]}..${pair[2]}`] : [];
  const { run, busy, error } = useAct(async () => {
    await begin({ datasets, compare, graph, dry_run: dry });
    started();
  });
  const words = ['solvent audit', ...datasets.map((name) => `--datasets ${quoted(name)}`), ...compare.map((text) => `--compare ${quoted(text)}`), graph ? '--graph' : '', dry ? '--dry-run' : ''];
  const nothing = datasets.length === 0 && compare.length === 0 && !graph;
  const pick = (name: string, on: boolean) => setDatasets(on ? [...datasets, name] : datasets.filter((other) => other !== name));
  return (
    <details class="start">
      <summary>Start an audit</summary>
      <form onSubmit={(event) => { event.preventDefault(); run(); }}>
        <fieldset><legend>Data sets</legend>
          {sets.length === 0 && <span class="soft">none yet; <Copy text="solvent data put FILE --name NAME" /></span>}
          {sets.map(({ name }) => <label><input type="checkbox" checked={datasets.includes(name)} onChange={(event) => pick(name, event.currentTarget.checked)} /> {name}</label>)}
        </fieldset>
        {sets.length > 0 && <Compare sets={sets} pair={pair} choose={setPair} />}
        <fieldset><legend>Estate</legend>
          <label><input type="checkbox" checked={graph} onChange={(event) => setGraph(event.currentTarget.checked)} /> owners and readers of every asset</label>
          <label><input type="checkbox" checked={dry} onChange={(event) => setDry(event.currentTarget.checked)} /> only look, book nothing</label>
        </fieldset>
        <p>
          <button type="submit" class="act" disabled={busy || nothing || !mayWrite()}>{busy ? 'starting' : 'Start'}</button>{' '}
          {!mayWrite() && <span class="soft">Starting one here takes an editor: <a href="/signin">sign in</a>. </span>}
          <Copy text={words.filter(Boolean).join(' ')} />
        </p>
      </form>
      {error && <Problem error={error} />}
      <p class="soft">A project's code is audited from where it lies: <Copy text="solvent audit PATH" /></p>
    </details>
  );
}

function Compare({ sets, pair, choose }: { sets: Named[]; pair: string[]; choose: (pair: string[]) => void }) {
  const name = pair[0]!;
  const versions = useGet<{ versions: Version[] }>(name ? `/api/assets/${encodeURIComponent(name)}/versions` : '', { limit: 100 }).value.value?.versions ?? [];
  const version = (at: 1 | 2, label: string) => (
    <label>{label} <select value={pair[at]} onChange={(event) => choose(pair.map((old, i) => (i === at ? event.currentTarget.value : old)))}>
      <option value="">choose</option>
      {versions.map((one) => <option value={one.slice || one.digest.slice(0, 16)}>{one.slice || one.digest.slice(0, 12)}</option>)}
    </select></label>
  );
  return (
    <fieldset><legend>Compare two versions</legend>
      <label>of <select value={name} onChange={(event) => choose([event.currentTarget.value, '', ''])}>
        <option value="">none</option>
        {sets.map((set) => <option value={set.name}>{set.name}</option>)}
      </select></label>
      {name && version(1, 'before')}{name && version(2, 'after')}
    </fieldset>
  );
}
