// What the server says, as it says it: field names are those of the described structs.

export interface Total {
  mean_s: number; p10_s: number; p90_s: number;
  mean_minor?: number; p10_minor?: number; p90_minor?: number;
}
export interface TrendPoint { at: number; principal_s: number; incurred_s: number; paid_s: number; retired_s: number }
export interface AccountRow {
  team: string; system: string; kind: string; debts: number; principal_s: number; accepted_s: number; interest_s: number;
}
export interface Debt {
  id: string; title: string; kind: string; check: string; asset: string; subject: string; state: string; stale: boolean;
  owner: string; owner_origin: string; system: string; findings: number; exposure: number;
  principal_s: number; principal_p10_s: number; principal_p50_s: number; principal_p90_s: number; interest_s: number; principal_minor?: number; interest_minor?: number; payback_months?: number;
  fix: string; opened: number; changed: number; accepted_by: string; accepted_reason: string; accepted_until: number;
}
export interface Statement {
  as_of: number; open_debts: number; accepted_debts: number; paid_debts: number; retired_debts: number;
  principal: Total; interest: Total; currency: string; rate: string; basis: string; correlation: string;
  bankruptcy_months?: number; bankruptcy_missing: string; trend: TrendPoint[]; accounts: AccountRow[]; dearest: Debt[];
}
export interface DebtPage { debts: Debt[]; next: string; total: number; currency: string }
export interface Price { mean_s: number; p10_s: number; p50_s: number; p90_s: number; derivation: string; basis: string }
export interface Finding {
  id: string; item: string; message: string; path: string; line: number; cell: number; confidence: number;
  evidence: unknown; fingerprint: string; state: string; first_seen: number; last_seen: number;
}
export interface Entry { effective_at: number; booked_at: number; kind: string; account: string; amount_s: number; memo: string }
export interface DebtDetail {
  debt: Debt; question: string; source: string; advice: string; principal: Price; interest: Price;
  findings: Finding[]; history: Entry[];
}

/** Where a running audit stands: the state of its task. */
export interface CheckProgress { check: string; title: string; done: number; total: number; findings: number; failed: number }
export interface AuditProgress {
  phase: string; detail: string; assets_done: number; assets: number; checks_done: number; checks: number; by_check: CheckProgress[]; audit: string;
}
export interface Task {
  id: string; kind: string; status: 'queued' | 'running' | 'done' | 'failed' | 'cancelled'; stage: string; fraction?: number; detail: string;
  cancel_requested: boolean; created_by: string; created: number; started: number; finished: number;
  params: { request?: AuditRequest } | null; state: AuditProgress | null; result: { audit?: string } | null; error: string; hint: string;
}
export interface AuditRequest { trees?: string[]; files?: string[]; datasets?: string[]; compare?: string[]; graph?: boolean; dry_run?: boolean }

export interface ApiError { code: string; message: string; hint: string; subject: string; request_id: string }

/** An answer of the server that says no; shown with its hint. */
export class Refused extends Error {
  constructor(readonly status: number, readonly detail: ApiError) {
    super(detail.message);
  }
}

const unreachable: ApiError = {
  code: 'UNAVAILABLE', message: 'the server does not answer', hint: 'is `solvent serve` running?', subject: '', request_id: '',
};

export type Query = Record<string, string | number | boolean | undefined>;

export function query(parameters: Query): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== '') search.set(name, String(value));
  }
  const text = search.toString();
  return text ? `?${text}` : '';
}

async function answer<T>(request: Promise<Response>): Promise<T> {
  let response: Response;
  try {
    response = await request;
  } catch {
    throw new Refused(0, unreachable);
  }
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok) {
    const detail = (body as { error?: ApiError } | undefined)?.error;
    throw new Refused(response.status, detail ?? { ...unreachable, message: `the server answered ${response.status}` });
  }
  return body as T;
}

function ask<T>(url: string, signal?: AbortSignal): Promise<T> {
  return answer<T>(fetch(url, { headers: { Accept: 'application/json' }, signal: signal ?? null }));
}

export function get<T>(path: string, parameters: Query = {}, signal?: AbortSignal): Promise<T> {
  const url = path + query(parameters);
  const asked = early.get(url);
  early.delete(url);
  return asked ? (asked.answer as Promise<T>) : ask<T>(url, signal);
}

/** What was asked for before the first view is drawn, by address; the view that wants it takes it away. */
const early = new Map<string, { answer: Promise<unknown>; value?: unknown }>();

/** Asks for what the first view will show; ends when the answer is there, whatever it is. */
export function askEarly(path: string, parameters: Query = {}): Promise<void> {
  const asked: { answer: Promise<unknown>; value?: unknown } = { answer: ask(path + query(parameters)) };
  early.set(path + query(parameters), asked);
  return asked.answer.then((value) => { asked.value = value; }, () => {});
}

/** The answer to `get`, if it was asked for early and is there. */
export function takeEarly<T>(path: string, parameters: Query = {}): T | undefined {
  const url = path + query(parameters);
  const value = early.get(url)?.value as T | undefined;
  if (value !== undefined) early.delete(url);
  return value;
}

/** What an error is, whatever was thrown. */
export function problemOf(error: unknown): ApiError {
  return error instanceof Refused ? error.detail : { code: 'INTERNAL', message: String(error), hint: 'load the page again', subject: '', request_id: '' };
}

export function send<T>(method: string, path: string, body: unknown): Promise<T> {
  return answer<T>(fetch(path, { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }));
}
