// One debt, opened in place: why (question, evidence), price (derivation in words), pay (fix and decisions).
import { useEffect, useState } from 'preact/hooks';
import { get, problemOf, send, type ApiError, type DebtDetail, type Finding, type Price } from '../api';
import { amount, date, labour, number } from '../format';
import { refreshes } from '../load';
import { mayWrite, signedIn } from '../session';
import { Copy, Problem, Skeleton, useAct } from './frame';

export function Detail({ id, currency }: { id: string; currency: string }) {
  const [state, setState] = useState<{ detail?: DebtDetail; error?: ApiError }>({});
  useEffect(() => {
    const abort = new AbortController();
    get<DebtDetail>(`/api/debts/${encodeURIComponent(id)}`, {}, abort.signal).then(
      (detail) => setState({ detail }),
      (error: unknown) => { if (!abort.signal.aborted) setState({ error: problemOf(error) }); },
    );
    return () => abort.abort();
  }, [id, refreshes.value]);
  if (state.error) return <Problem error={state.error} />;
  if (!state.detail) return <Skeleton rows={5} />;
  const { debt, question, source, advice, principal, interest, findings, history } = state.detail;
  return (
    <div class="drill">
      <section>
        <h3>Why</h3>
        <p>{question}</p>
        <ul class="findings">{findings.map((finding) => <Found finding={finding} />)}</ul>
        <details>
          <summary>Rule and source</summary>
          <p class="soft"><a href={`/checks#${debt.check}`}><code>{debt.check}</code></a> {source}</p>
          <p class="soft">The whole answer as JSON: <a href={`/api/debts/${encodeURIComponent(id)}`} target="_blank" rel="noreferrer"><code>/api/debts/{id}</code></a></p>
        </details>
      </section>
      <section>
        <h3>Price</h3>
        <Priced price={principal} what="to pay" money={[debt.principal_minor, currency]} />
        <Priced price={interest} what="a month" money={[debt.interest_minor, currency]} />
      </section>
      <section>
        <h3>Pay</h3>
        <p>{advice}</p>
        {debt.fix && <p><Copy text={debt.fix} /></p>}
        {debt.accepted_by && <p>Accepted by {debt.accepted_by} until {date(debt.accepted_until)}: {debt.accepted_reason}</p>}
        <Decide detail={state.detail} />
        <p class="soft">{debt.id}; {findings.length} {findings.length === 1 ? 'finding' : 'findings'}; owner {debt.owner || 'unowned'}{debt.owner_origin && ` by ${debt.owner_origin}`}; system {debt.system}</p>
        <ul class="history">{history.map((entry) => <li>{date(entry.effective_at)} {entry.kind} {labour(entry.amount_s)} <span class="soft">{entry.memo}</span></li>)}</ul>
      </section>
    </div>
  );
}

function Priced({ price, what, money: [minor, currency] }: { price: Price; what: string; money: [number | undefined, string] }) {
  return (
    <>
      <p><strong>{labour(price.p50_s)}</strong> {what} <span class="soft">(80 %: {labour(price.p10_s)} to {labour(price.p90_s)}; {price.basis})</span></p>
      <p class="soft derived">{price.derivation}. Booked at the mean, {amount(price.mean_s, minor, currency)}.</p>
    </>
  );
}

function Found({ finding }: { finding: Finding }) {
  const place = `${finding.path || finding.item}${finding.cell ? ` cell ${finding.cell}` : ''}${finding.line ? `:${finding.line}` : ''}`;
  return (
    <li>
      <code>{place}</code> {finding.message}{finding.state !== 'open' && <span class="soft"> ({finding.state})</span>}
      <Evidence evidence={finding.evidence} />
    </li>
  );
}

/** The numbers behind a finding, as names and values; deeper ones as they are. */
function Evidence({ evidence }: { evidence: unknown }) {
  if (typeof evidence !== 'object' || evidence === null || Object.keys(evidence).length === 0) return null;
  const said = (value: unknown) => (typeof value === 'number' ? number(value) : typeof value === 'string' ? value : JSON.stringify(value));
  return (
    <dl class="evidence">
      {Object.entries(evidence).filter(([, value]) => value !== null && value !== '').map(([name, value]) => <div><dt>{name.replaceAll('_', ' ')}</dt><dd>{said(value)}</dd></div>)}
    </dl>
  );
}

const MONTH_MS = 30 * 86_400_000;

/** What a person may decide about a debt; for those who may not, how to become one who may. */
function Decide({ detail }: { detail: DebtDetail }) {
  const { debt } = detail;
  if (!mayWrite()) {
    return <p class="soft">Accepting, assigning or writing it off takes an editor. {signedIn() ? 'You are a reader.' : <a href="/signin">Sign in</a>}</p>;
  }
  if (debt.state === 'paid' || debt.state === 'retired') return null;
  const post = (verb: string) => (fields: Record<string, string>) =>
    send('POST', `/api/debts/${encodeURIComponent(debt.id)}/${verb}`, fields).then(() => { refreshes.value += 1; });
  if (debt.state === 'accepted' || debt.state === 'written off') {
    return <Form key="reopen" title="Reopen" fields={[['reason', 'Why', 'text', '']]} act={post('reopen')} same={`solvent debt reopen ${debt.id} --reason …`} />;
  }
  return (
    <>
      <Form key="accept" title="Accept" act={post('accept')} same={`solvent debt accept ${debt.id} --owner … --reason … --until …`}
        fields={[['owner', 'Who answers', 'text', debt.owner], ['reason', 'Why it may stay', 'text', ''], ['until', 'Until', 'date', new Date(Date.now() + 3 * MONTH_MS).toISOString().slice(0, 10)]]} />
      <Form key="assign" title="Assign" fields={[['owner', 'New owner', 'text', '']]} act={post('assign')} same={`solvent debt assign ${debt.id} --owner …`} />
      <Form key="write-off" title="Write off" fields={[['reason', 'Why', 'text', '']]} act={post('write-off')} same={`solvent debt write-off ${debt.id} --reason …`} />
    </>
  );
}

type FieldSpec = [name: string, label: string, type: 'text' | 'date', value: string];

function Form({ title, fields, act, same }: { title: string; fields: FieldSpec[]; act: (fields: Record<string, string>) => Promise<void>; same: string }) {
  const [values, setValues] = useState<Record<string, string>>(Object.fromEntries(fields.map(([name, , , value]) => [name, value])));
  const { run, busy, error } = useAct(() => act(values));
  return (
    <details class="decide">
      <summary>{title}</summary>
      <form onSubmit={(event) => { event.preventDefault(); run(); }}>
        {fields.map(([name, label, type]) => (
          <label>{label} {type === 'date'
            ? <input type="date" required value={values[name] ?? ''} onInput={(event) => setValues({ ...values, [name]: event.currentTarget.value })} />
            : <input type="text" required value={values[name] ?? ''} onInput={(event) => setValues({ ...values, [name]: event.currentTarget.value })} />}</label>
        ))}
        <button type="submit" disabled={busy}>{title}</button> <code class="soft">{same}</code>
      </form>
      {error && <Problem error={error} />}
    </details>
  );
}
