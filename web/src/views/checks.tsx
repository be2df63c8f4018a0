// What is asked: each check's question, where it comes from, and what its answer costs.
import type { Price } from '../api';
import { labour } from '../format';
import { useGet } from '../load';
import { Problem, SameAs, Skeleton } from '../parts/frame';

interface Check { id: string; title: string; question: string; source: string; kind: string; input: string; fix: string; advice: string; principal: Price; interest: Price; prior_source: string; precision?: number; precision_n?: number; standing: 'proven' | 'unproven' | 'refuted' }

const STANDING = { proven: '', unproven: 'What it finds is told of and not booked, until readers have judged it.', refuted: 'Readers refuted it: it does not run.' };

export function Checks() {
  const list = useGet<{ checks: Check[] }>('/api/checks').value;
  if (list.error) return <Problem error={list.error} />;
  if (!list.value) return <Skeleton rows={12} />;
  return (
    <>
      <h1>Checks <span class="soft">{list.value.checks.length}</span></h1>
      {list.value.checks.map((check) => (
        <article class="check" id={check.id}>
          <h2>{check.title} <code class="soft">{check.id}</code></h2>
          <p>{check.question}</p>
          <p>{check.advice}</p>
          <p class="soft">To pay one: {labour(check.principal.p50_s)} ({labour(check.principal.p10_s)} to {labour(check.principal.p90_s)}), each costs {labour(check.interest.p50_s)} a month; {check.principal.basis}. {check.precision !== undefined ? `Precision at least ${check.precision.toFixed(2)}, on ${check.precision_n} labelled findings.` : 'Precision not measured.'} {STANDING[check.standing]}</p>
          <p class="soft">Looks at a {check.input}; {check.kind}. {check.source}.</p>
        </article>
      ))}
      <SameAs command="solvent check list" />
    </>
  );
}
