// Runs of checks: those that run now, live; what earlier ones looked at, failed or left out, and what they changed on the books.
import { useEffect, useState } from 'preact/hooks';
import { get, type Task, type Total } from '../api';
import { amount, duration, labour, time, whole } from '../format';
import { refreshes, useGet } from '../load';
import { Empty, Problem, SameAs, Skeleton } from '../parts/frame';
import { asked, Cancel, Running, useTask } from '../parts/running';
import { Start } from '../parts/start';
import { Table } from '../parts/table';
import { become } from '../router';

interface AuditRow { id: string; started: number; duration_us: number; actor: string; assets: string[]; findings: number; opened: number; paid: number; retired: number; relapsed: number }
interface CheckRun { check: string; title: string; asset: string; examined: number; failed: number; skipped: number; findings: number; duration_us: number; cached: boolean; problem: string }
interface AuditReport {
  id: string; started: number; duration_us: number; dry_run: boolean; assets: string[]; checks: CheckRun[]; findings_total: number; principal: Total; interest: Total; notes: string[];
  booked: { opened: number; relapsed: number; paid: number; retired: number; repriced: number; unchanged: number; stale: number };
}
const LOOK_MS = 2_000;

/** Tasks of audits that wait or run, looked for now and then; each then tells its own progress. */
function useRunning(): { tasks: Task[]; look: () => Promise<void> } {
  const [tasks, setTasks] = useState<Task[]>([]);
  const look = async () => {
    const now: Task[] = [];
    try {
      // One after the other: a task that a worker takes up meanwhile is in one of them.
      for (const status of ['queued', 'running'])
        for (const task of (await get<{ tasks: Task[] }>('/api/tasks', { kind: 'audit', status, limit: 20 })).tasks)
          if (!now.some((other) => other.id === task.id)) now.push(task);
    } catch {
      now.length = 0;
    }
    setTasks((before) => {
      if (before.some((task) => !now.some((other) => other.id === task.id))) refreshes.value += 1;
      return now;
    });
  };
  useEffect(() => {
    void look();
    const timer = setInterval(() => void look(), LOOK_MS);
    return () => clearInterval(timer);
  }, []);
  return { tasks, look };
}

/** One line of an audit that runs. */
function Line({ id, look }: { id: string; look: () => void }) {
  const { task } = useTask(id, look);
  if (!task) return <p class="soft">…</p>;
  const at = task.state;
  const reading = at === null || at.checks === 0;
  return (
    <p class="line">
      <a href={`/audits/task/${task.id}`}>{asked(task.params?.request)}</a>{' '}
      <progress aria-label="progress" value={reading ? (at?.assets_done ?? 0) : at.checks_done} max={Math.max(1, reading ? (at?.assets ?? 1) : at.checks)} />{' '}
      <span>{task.status === 'queued' ? 'waiting' : reading ? `read ${at?.assets_done ?? 0} of ${at?.assets ?? '?'} assets` : `${whole(at.checks_done)} of ${whole(at.checks)} checks`}</span>{' '}
      <Cancel task={task} again={look} />
    </p>
  );
}

export function Audits() {
  const page = useGet<{ audits: AuditRow[]; next?: string }>('/api/audits', { limit: 100 }).value;
  const { tasks, look } = useRunning();
  if (page.error) return <Problem error={page.error} />;
  if (!page.value) return <Skeleton rows={10} />;
  return (
    <>
      <h1>Audits</h1>
      {tasks.length > 0 && <section class="now" aria-label="Running now"><h2>Running now</h2>{tasks.map((task) => <Line key={task.id} id={task.id} look={look} />)}</section>}
      <Start started={() => void look().then(() => { refreshes.value += 1; })} />
      {page.value.audits.length === 0 ? <Empty what="Nothing has been audited yet." command="solvent audit PATH" /> : (
        <Table label="Audits" rows={page.value.audits} keyOf={(audit) => audit.id} columns={[
          { title: 'When', cell: (audit) => <a href={`/audits/${audit.id}`}>{time(audit.started)}</a> },
          { title: 'What', cell: (audit) => audit.assets.join(', ') },
          { title: 'By', cell: (audit) => audit.actor },
          { title: 'Findings', right: true, cell: (audit) => whole(audit.findings) },
          { title: 'New', right: true, cell: (audit) => whole(audit.opened) },
          { title: 'Paid', right: true, cell: (audit) => whole(audit.paid) },
          { title: 'Retired', right: true, cell: (audit) => whole(audit.retired) },
          { title: 'Relapsed', right: true, cell: (audit) => whole(audit.relapsed) },
          { title: 'Took', right: true, cell: (audit) => duration(audit.duration_us) },
        ]} />
      )}
      <SameAs command={tasks.length > 0 ? 'solvent task list --kind audit --status running && solvent audit list' : 'solvent audit list'} />
    </>
  );
}

/** A running audit under its task; once it is booked, its report under its own address. */
export function LiveAudit({ id }: { id: string }) {
  const { task, error } = useTask(id, (ended) => {
    if (ended.status === 'done' && ended.result?.audit) become(`/audits/${ended.result.audit}`);
    refreshes.value += 1;
  });
  if (error) return <Problem error={error} />;
  if (!task) return <Skeleton rows={12} />;
  return (
    <>
      <h1>Audit of {asked(task.params?.request)} <span class="soft">{task.status}</span></h1>
      {task.status === 'cancelled' && <p role="status"><span class="state retired">cancelled</span>: nothing was booked.</p>}
      {task.status === 'failed' && <Problem error={{ code: 'UNKNOWN', message: task.error, hint: task.hint, subject: '', request_id: '' }} />}
      {task.status === 'done' && <p role="status"><span class="state paid">done</span>: it only looked, so nothing was booked. <code>solvent task show {task.id} --json</code> has its report.</p>}
      <Running task={task} />
      {(task.status === 'queued' || task.status === 'running') && <p><Cancel task={task} /></p>}
      <SameAs command={`solvent task watch ${task.id}`} />
    </>
  );
}

export function OneAudit({ id }: { id: string }) {
  const report = useGet<AuditReport>(`/api/audits/${encodeURIComponent(id)}`).value;
  if (report.error) return <Problem error={report.error} />;
  if (!report.value) return <Skeleton rows={12} />;
  const r = report.value;
  const changes: [string, number][] = [
    ['new', r.booked.opened], ['relapsed', r.booked.relapsed], ['paid', r.booked.paid], ['retired', r.booked.retired], ['known', r.booked.unchanged + r.booked.repriced], ['stale', r.booked.stale],
  ];
  return (
    <>
      <h1>Audit of {r.assets.join(', ')} <span class="soft">{time(r.started)}</span></h1>
      <section class="headline" aria-label="Result">
        <div><span class="soft">Findings</span><b>{whole(r.findings_total)}</b><span class="soft">in {duration(r.duration_us)}</span></div>
        <div><span class="soft">Debts</span><b>{whole(r.booked.opened)} new</b><span class="soft">{changes.slice(1).map(([word, count]) => `${whole(count)} ${word}`).join(', ')}</span></div>
        <div><span class="soft">Owed afterwards</span><b>{amount(r.principal.mean_s, undefined, '')}</b><span class="soft">80 %: {labour(r.principal.p10_s)} to {labour(r.principal.p90_s)}</span></div>
        <div><span class="soft">Interest afterwards</span><b>{labour(r.interest.mean_s)} a month</b><span class="soft">80 %: {labour(r.interest.p10_s)} to {labour(r.interest.p90_s)}</span></div>
      </section>
      {r.notes.map((note) => <p class="soft">{note}</p>)}
      <Table label="Checks of this audit" rows={r.checks} keyOf={(run) => run.check + run.asset} columns={[
        { title: 'Check', cell: (run) => <><a href={`/checks#${run.check}`}>{run.title || run.check}</a> <span class="soft">{run.asset}</span></> },
        { title: 'Looked at', right: true, cell: (run) => whole(run.examined) },
        { title: 'Failed', right: true, cell: (run) => (run.failed ? <span class="state relapsed">{whole(run.failed)}</span> : '0') },
        { title: 'Left out', right: true, cell: (run) => whole(run.skipped) },
        { title: 'Findings', right: true, cell: (run) => (run.findings ? <a href={`/?check=${encodeURIComponent(run.check)}&asset=${encodeURIComponent(run.asset)}`}>{whole(run.findings)}</a> : '0') },
        { title: 'Took', right: true, cell: (run) => (run.cached ? 'as before' : duration(run.duration_us)) },
        ...(r.checks.some((run) => run.problem) ? [{ title: 'Why not', cell: (run: CheckRun) => run.problem }] : []),
      ]} />
      <SameAs command={`solvent audit show ${r.id}`} />
    </>
  );
}
