// The first screen: what we owe, what it costs, how long we have, what to do first.
import { askEarly, type Debt, type Query, type Statement, type Total } from '../api';
import { amount, labour, months, quoted, whole } from '../format';
import { useGet } from '../load';
import { address } from '../router';
import { Accounts } from '../parts/accounts';
import { command, Debts, filters } from '../parts/debts';
import { Copy, Empty, Problem, SameAs, Skeleton } from '../parts/frame';
import { firstPage } from '../parts/pages';
import { Trend } from '../parts/trend';

function wanted(): Query {
  const { parameters } = address.value;
  return { as_of: parameters.get('as_of') ?? undefined, team: parameters.get('team') ?? undefined };
}

/** Asks for what this view shows first, before it is drawn. */
export async function askLedger(): Promise<void> {
  await Promise.all([askEarly('/api/debts', firstPage(filters())), askEarly('/api/ledger', wanted())]);
}

export function Ledger() {
  const parameters = address.value.parameters;
  const statement = useGet<Statement>('/api/ledger', wanted());
  const { value, error } = statement.value;
  if (error) return <Problem error={error} />;
  const booked = value ? value.open_debts + value.accepted_debts + value.paid_debts + value.retired_debts : 1;
  if (booked === 0) return <Empty what="Nothing is booked yet." command="solvent audit PATH" />;
  const team = parameters.get('team');
  const asOf = parameters.get('as_of');
  const words = ['solvent ledger', team ? `--team ${quoted(team)}` : '', asOf ? `--as-of ${asOf}` : ''].filter(Boolean).join(' ');
  // The debts are asked for beside the statement, not behind it.
  return (
    <>
      {value ? <Summary statement={value} team={team ?? ''} /> : <div class="awaited"><Skeleton rows={5} /></div>}
      <Debts />
      <SameAs command={`${words} && ${command(filters())}`} />
    </>
  );
}

function Summary({ statement, team }: { statement: Statement; team: string }) {
  return (
    <>
      <Headline statement={statement} team={team} />
      <Trend points={statement.trend} />
      <div class="columns">
        <Accounts accounts={statement.accounts} />
        <Dearest debts={statement.dearest} currency={statement.currency} />
      </div>
    </>
  );
}

function Figure({ name, total, currency, suffix }: { name: string; total: Total; currency: string; suffix?: string }) {
  return (
    <div>
      <span class="soft">{name}</span>
      <b>{amount(total.mean_s, total.mean_minor, currency)}{suffix && <small>{suffix}</small>}</b>
      <span class="soft">80 %: {labour(total.p10_s)} to {labour(total.p90_s)}</span>
    </div>
  );
}

function Headline({ statement: s, team }: { statement: Statement; team: string }) {
  return (
    <section class="headline" aria-label="Statement">
      {team && <p class="wide">What {team} owes. <a href="/">Everybody</a></p>}
      <Figure name="Owed" total={s.principal} currency={s.currency} />
      <Figure name="Interest" total={s.interest} currency={s.currency} suffix=" a month" />
      <div>
        <span class="soft">Months to bankruptcy</span>
        <b class={s.bankruptcy_months === undefined ? 'untold' : ''}>{s.bankruptcy_months === undefined ? 'not told' : months(s.bankruptcy_months)}</b>
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
  const open = (debt: Debt) => {
    const to = new URLSearchParams(address.value.parameters);
    to.set('debt', debt.id);
    return `/?${to}`;
  };
  return (
    <section>
      <h2>What to pay first <span class="soft">by payback</span></h2>
      <ol class="dearest">
        {debts.map((debt) => (
          <li>
            <a href={open(debt)}>{debt.title}</a>
            <span class="n">{amount(debt.interest_s, debt.interest_minor, currency)} a month</span>
            <span class="soft where" title={`${debt.asset} / ${debt.subject}`}>{debt.asset} / {debt.subject}</span>
            <span class="soft n">payback {months(debt.payback_months)}</span>
            <span class="soft wide">owner {debt.owner || 'unowned'}; {amount(debt.principal_s, debt.principal_minor, currency)} to pay {debt.fix && <Copy text={debt.fix} />}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
