// The first screen: what we owe, what it costs, how long we have, what to do first.
import type { Debt, Statement, Total } from '../api';
import { amount, labour, months, whole } from '../format';
import { useGet } from '../load';
import { address } from '../router';
import { bars, BarChart } from '../parts/accounts';
import { command, Debts, filters } from '../parts/debts';
import { Copy, Empty, Problem, SameAs, Skeleton } from '../parts/frame';
import { Trend } from '../parts/trend';

export function Ledger() {
  const parameters = address.value.parameters;
  const statement = useGet<Statement>('/api/ledger', { as_of: parameters.get('as_of') ?? undefined, team: parameters.get('team') ?? undefined });
  const { value, error } = statement.value;
  if (error) return <Problem error={error} />;
  if (!value) return <Skeleton rows={12} />;
  const booked = value.open_debts + value.accepted_debts + value.paid_debts + value.retired_debts;
  if (booked === 0) return <Empty what="Nothing is booked yet." command="solvent audit PATH" />;
  return (
    <>
      <Headline statement={value} />
      <Trend points={value.trend} />
      <div class="columns">
        <div>
          <BarChart title="Owed by owner" data={bars(value.accounts, 'team')} link={(name) => `/?team=${encodeURIComponent(name)}`} />
          <BarChart title="Owed by kind" data={bars(value.accounts, 'kind')} link={(name) => `/?kind=${encodeURIComponent(name)}`} />
        </div>
        <Dearest debts={value.dearest} currency={value.currency} />
      </div>
      <Debts />
      <SameAs command={`solvent ledger${value.as_of && parameters.get('as_of') ? ` --as-of ${parameters.get('as_of')}` : ''} && ${command(filters())}`} />
    </>
  );
}

function Figure({ name, total, currency, suffix }: { name: string; total: Total; currency: string; suffix?: string }) {
  return (
    <div>
      <span class="soft">{name}</span>
      <b>{amount(total.mean_s, total.mean_minor, currency)}{suffix}</b>
      <span class="soft">80 %: {labour(total.p10_s)} to {labour(total.p90_s)}</span>
    </div>
  );
}

function Headline({ statement: s }: { statement: Statement }) {
  return (
    <section class="headline" aria-label="Statement">
      <Figure name="Owed" total={s.principal} currency={s.currency} />
      <Figure name="Interest" total={s.interest} currency={s.currency} suffix=" a month" />
      <div>
        <span class="soft">Months to bankruptcy</span>
        <b>{s.bankruptcy_months === undefined ? 'not told' : months(s.bankruptcy_months)}</b>
        <span class="soft">{s.bankruptcy_missing}</span>
      </div>
      <div>
        <span class="soft">Debts</span>
        <b>{whole(s.open_debts)} open</b>
        <span class="soft">{whole(s.accepted_debts)} accepted, {whole(s.paid_debts)} paid, {whole(s.retired_debts)} retired</span>
      </div>
      <p class="soft wide">Prices: {s.basis}. Rate: {s.rate}. Intervals: {s.correlation}.</p>
    </section>
  );
}

function Dearest({ debts, currency }: { debts: Debt[]; currency: string }) {
  return (
    <section>
      <h2>What to pay first</h2>
      <ol class="dearest">
        {debts.map((debt) => (
          <li>
            <a href={`/?debt=${encodeURIComponent(debt.id)}&text=${encodeURIComponent(debt.subject)}`}>{debt.title}</a>
            <span class="n">{amount(debt.interest_s, debt.interest_minor, currency)} a month</span>
            <span class="soft">{debt.asset} / {debt.subject}; owner {debt.owner || 'unowned'}; {amount(debt.principal_s, debt.principal_minor, currency)} to pay, payback {months(debt.payback_months)}</span>
            {debt.fix && <Copy text={debt.fix} />}
          </li>
        ))}
      </ol>
    </section>
  );
}
