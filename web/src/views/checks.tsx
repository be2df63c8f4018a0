// What is asked: each check's question, where it comes from, and what its answer costs.
import { labour } from '../format';
import { useGet } from '../load';
import { Problem, SameAs, Skeleton } from '../parts/frame';

interface Check { id: string; title: string; question: string; source: string; kind?: string; debt_kind?: string; input: string; fix: string; advice: string; principal_p50_s?: number; precision?: number; precision_n?: number }

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
          <p class="soft">{check.source}. Looks at a {check.input}; kind of debt: {check.kind ?? check.debt_kind}.{check.principal_p50_s !== undefined && ` To pay one: about ${labour(check.principal_p50_s)}.`}{check.precision !== undefined && ` Precision at least ${check.precision.toFixed(2)} on ${check.precision_n} labelled findings.`}</p>
          <p>{check.advice}</p>
        </article>
      ))}
      <SameAs command="solvent check list" />
    </>
  );
}
