// Runs of checks: what was looked at, what failed or was left out, what changed on the books; the newest one live.
import { useEffect, useState } from 'preact/hooks';
import { labour, time, whole } from '../format';
import { refreshes, useGet } from '../load';
import { Empty, Problem, SameAs, Skeleton } from '../parts/frame';
import { Table } from '../parts/table';
import type { Total } from '../api';

interface AuditRow { id: string; started: number; duration_us: number; actor: string; assets: string[]; findings: number; opened: number; paid: number; retired: number; relapsed: number }
interface CheckRun { check: string; title: string; asset: string; examined: number; failed: number; skipped: number; findings: number; duration_us: number; cached: boolean; problem: string }
interface AuditReport {
  id: string; started: number; duration_us: number; assets: string[]; checks: CheckRun[]; findings_total: number; principal: Total; interest: Total; notes: string[];
  booked: { opened: number; relapsed: number; paid: number; retired: number; repriced: number; unchanged: number; stale: number };
}
interface Task { id: string; kind: string; status: string; stage?: string; fraction?: number; detail?: string }

const ms = (us: number) => `${whole(Math.ceil(us / 1000))} ms`;

/** Audits that run right now, by the server's own events; gone when none does. */
function Live() {
  const [tasks, setTasks] = useState<Task[]>([]);
  useEffect(() => {
    let stopped = false;
    const look = async () => {
      const answer = await fetch('/api/tasks?status=running').then((r) => (r.ok ? r.json() : { tasks: [] }), () => ({ tasks: [] }));
      if (stopped) return;
      setTasks((before) => {
        if (before.length > 0 && (answer.tasks ?? []).length === 0) refreshes.value += 1;
        return answer.tasks ?? [];
      });
    };
    void look();
    const timer = setInterval(look, 2000);
    return () => { stopped = true; clearInterval(timer); };
  }, []);
  if (tasks.length === 0) return null;
  return (
    <section aria-live="polite">
      <h2>Running now</h2>
      {tasks.map((task) => <p>{task.kind}: {task.stage} {task.fraction !== undefined && task.fraction >= 0 && <progress value={task.fraction} max={1}>{Math.round(100 * task.fraction)} %</progress>} <span class="soft">{task.detail}</span></p>)}
    </section>
  );
}

export function Audits() {
  const page = useGet<{ audits: AuditRow[]; next?: string }>('/api/audits', { limit: 100 }).value;
  if (page.error) return <Problem error={page.error} />;
  if (!page.value) return <Skeleton rows={10} />;
  return (
    <>
      <h1>Audits</h1>
      <Live />
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
          { title: 'Took', right: true, cell: (audit) => ms(audit.duration_us) },
        ]} />
      )}
      <SameAs command="solvent audit list" />
    </>
  );
}

export function OneAudit({ id }: { id: string }) {
  const report = useGet<AuditReport>(`/api/audits/${encodeURIComponent(id)}`).value;
  if (report.error) return <Problem error={report.error} />;
  if (!report.value) return <Skeleton rows={12} />;
  const r = report.value;
  return (
    <>
      <h1>Audit of {r.assets.join(', ')} <span class="soft">{time(r.started)}</span></h1>
      <p>{whole(r.findings_total)} findings in {ms(r.duration_us)}. Debts: {whole(r.booked.opened)} new, {whole(r.booked.relapsed)} relapsed, {whole(r.booked.paid)} paid, {whole(r.booked.retired)} retired, {whole(r.booked.unchanged + r.booked.repriced)} known, {whole(r.booked.stale)} stale. Owed afterwards: {labour(r.principal.mean_s)}, interest {labour(r.interest.mean_s)} a month.</p>
      {r.notes.map((note) => <p class="soft">{note}</p>)}
      <Table label="Checks of this audit" rows={r.checks} keyOf={(run) => run.check + run.asset} columns={[
        { title: 'Check', cell: (run) => <><a href={`/checks#${run.check}`}>{run.title || run.check}</a> <span class="soft">{run.asset}</span></> },
        { title: 'Looked at', right: true, cell: (run) => whole(run.examined) },
        { title: 'Failed', right: true, cell: (run) => whole(run.failed) },
        { title: 'Left out', right: true, cell: (run) => whole(run.skipped) },
        { title: 'Findings', right: true, cell: (run) => whole(run.findings) },
        { title: 'Took', right: true, cell: (run) => (run.cached ? 'as before' : ms(run.duration_us)) },
        { title: '', cell: (run) => run.problem },
      ]} />
      <SameAs command={`solvent audit show ${r.id}`} />
    </>
  );
}
