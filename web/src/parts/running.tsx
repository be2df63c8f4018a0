// An audit that runs: the server's own events, told as phases, counts and checks; asking it to stop.
import { useEffect, useState } from 'preact/hooks';
import { send, type ApiError, type AuditRequest, type Task } from '../api';
import { age, time, whole } from '../format';
import { mayWrite } from '../session';
import { Problem, useAct } from './frame';
import { Table } from './table';

const PHASES = ['read', 'check', 'book'];

/** The task as the server tells it, event by event, until it has ended. */
export function useTask(id: string, ended: (task: Task) => void): { task?: Task; error?: ApiError } {
  const [state, setState] = useState<{ task?: Task; error?: ApiError }>({});
  useEffect(() => {
    const source = new EventSource(`/api/tasks/${encodeURIComponent(id)}/events`);
    const hear = (event: Event) => setState({ task: JSON.parse((event as MessageEvent<string>).data) as Task });
    source.addEventListener('progress', hear);
    source.addEventListener('end', (event) => {
      source.close();
      hear(event);
      ended(JSON.parse((event as MessageEvent<string>).data) as Task);
    });
    // The browser asks again by itself while the connection is merely broken.
    source.onerror = () => {
      if (source.readyState !== EventSource.CLOSED) return;
      setState((old) => ({ ...old, error: { code: 'UNAVAILABLE', message: 'the server does not tell about this task', hint: `solvent task show ${id}`, subject: '', request_id: '' } }));
    };
    return () => source.close();
  }, [id]);
  return state;
}

export function asked(request: AuditRequest | undefined): string {
  if (!request) return 'audit';
  return [...(request.trees ?? []), ...(request.files ?? []), ...(request.datasets ?? []), ...(request.compare ?? []), ...(request.graph ? ['the estate'] : [])].join(', ') || 'audit';
}

function Bar({ done, total, label }: { done: number; total: number; label: string }) {
  return (
    <span class="meter">
      <progress aria-label={label} value={done} max={Math.max(1, total)} /> <span class="n">{whole(done)} of {whole(total)}</span>
    </span>
  );
}

export function Cancel({ task, again }: { task: Task; again?: () => void }) {
  const { run, busy, error } = useAct(async () => {
    await send('POST', `/api/tasks/${encodeURIComponent(task.id)}/cancel`, {});
    again?.();
  });
  if (!mayWrite()) return <span class="soft">Cancelling takes an editor.</span>;
  return (
    <>
      <button type="button" class="act" disabled={busy || task.cancel_requested} onClick={run}>{task.cancel_requested ? 'stopping' : 'Cancel'}</button>
      {error && <Problem error={error} />}
    </>
  );
}

/** Everything that is known of a running audit; `task` is what its last event said. */
export function Running({ task }: { task: Task }) {
  const at = task.state;
  const phase = task.status === 'queued' ? '' : (at?.phase ?? '');
  const now = PHASES.indexOf(phase === 'profile' ? 'read' : phase);
  return (
    <section class="running" aria-live="polite">
      <ol class="phases">
        {PHASES.map((word, i) => <li aria-current={i === now ? 'step' : undefined} class={i < now || phase === 'done' ? 'past' : ''}>{word}</li>)}
      </ol>
      {phase === '' && <p>{task.status === 'queued' ? 'Waiting for a worker.' : 'Beginning.'}</p>}
      {at && phase !== '' && (
        <>
          <p class="counts">Assets read <Bar done={at.assets_done} total={at.assets} label="assets read" /></p>
          {at.checks > 0 && <p class="counts">Checks done <Bar done={at.checks_done} total={at.checks} label="checks done" /></p>}
          <p class="soft">{at.detail || task.detail}</p>
        </>
      )}
      {at && at.by_check.length > 0 && (
        <Table label="Checks of this audit" rows={at.by_check} keyOf={(one) => one.check} columns={[
          { title: 'Check', cell: (one) => <a href={`/checks#${one.check}`}>{one.title}</a> },
          { title: 'Done', right: true, cell: (one) => `${one.done} of ${one.total}` },
          { title: 'Findings', right: true, cell: (one) => whole(one.findings) },
          { title: 'Could not look', right: true, cell: (one) => (one.failed ? whole(one.failed) : '') },
          { title: '', cell: (one) => (one.done === one.total ? <span class="state paid">done</span> : <span class="state open">{one.done > 0 ? 'running' : 'to come'}</span>) },
        ]} />
      )}
      <p class="soft">Asked for by {task.created_by} at {time(task.created)}{age(task.created, Date.now() * 1000) === 'today' ? '' : `, ${age(task.created, Date.now() * 1000)} ago`}; task {task.id}.</p>
    </section>
  );
}

