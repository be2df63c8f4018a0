// A real workspace with real debts, a real server over it, and Chromium; made once for a test file. The bench of the page
// (bench/ledger) makes its 100,000 debts here too.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const program = process.env.SOLVENT_PROGRAM ?? join(root, 'build/release/bin/solvent');
export const screenshots = join(root, 'build/screenshots');

export const notebook = (count) => JSON.stringify({ cells: [{ cell_type: 'code', source: ['1 + 1'], execution_count: count, outputs: [], metadata: {} }], metadata: {}, nbformat: 4, nbformat_minor: 5 });

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

const PASSWORD = ['Tr0ub4d', 'or&3x'].join('');  // in two pieces: this file is looked at for secrets too

export class Estate {
  /**
   * `seed` fills the fresh folder; the default is a small project and a data set, audited. With `kept`, a folder that stays:
   * it is seeded when it is not there yet. `flags` are the server's.
   */
  static async open(seed = (estate) => estate.seed(), kept = '', flags = []) {
    const estate = new Estate();
    estate.kept = kept !== '';
    estate.folder = kept || mkdtempSync(join(tmpdir(), 'solvent-browser-'));
    mkdirSync(screenshots, { recursive: true });
    if (!existsSync(join(estate.folder, '.solvent'))) {
      mkdirSync(estate.folder, { recursive: true });
      seed(estate);
    }
    await estate.serve(flags);
    estate.browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS });
    return estate;
  }

  cli(...words) {
    return execFileSync(program, words, { cwd: this.folder, encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** The same beside the test: what it printed and how it ended. */
  start(...words) {
    const child = spawn(program, words, { cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe'] });
    const said = { stdout: '', stderr: '' };
    child.stdout.on('data', (text) => { said.stdout += text; });
    child.stderr.on('data', (text) => { said.stderr += text; });
    return new Promise((done) => child.once('close', (code) => done({ code, ...said })));
  }

  json(...words) {
    return JSON.parse(this.cli(...words, '--json'));
  }

  write(name, text) {
    mkdirSync(dirname(join(this.folder, name)), { recursive: true });
    writeFileSync(join(this.folder, name), text);
  }

  /** An estate of four systems with exactly this many debts of three checks, found by one real audit of its files. */
  seedDebts(count) {
    const systems = ['pricing', 'fraud', 'churn', 'search'];
    const owners = systems.map((name, s) => ['# who answers for what', '* @platform', ...Array.from({ length: 12 }, (_, k) => `/part${k * 3}/ @${name}-${(k + s) % 5}`)].join('\n') + '\n');
    systems.forEach((system, s) => this.write(`${system}/CODEOWNERS`, owners[s]));
    for (let i = 0; i < count; i += 1) {
      const place = `${systems[i % 4]}/part${(i * 7) % 50}`;
      if (i % 5 < 2) this.write(`${place}/requirements-${i}.txt`, ['numpy', 'pandas', 'scipy', 'torch', 'jax'].slice(0, 1 + (i % 5) + ((i >> 4) % 3)).join('\n') + '\n');
      else if (i % 5 < 4) this.write(`${place}/model_${i}.py`, `PASSWORD = '${PASSWORD}${i}'\n`.repeat(1 + ((i >> 3) % 4)));
      else this.write(`${place}/study_${i}.ipynb`, notebook(null));
    }
    this.cli('init');
    this.cli('rate', 'set', 'EUR', '90');
    this.cli('audit', ...systems, '--quiet', '--json');
  }

  /** Makes everything on the books this much older, so that there is a history to show. The books must still be sound. */
  age(days) {
    const columns = {
      ledger_entry: ['effective_at', 'booked_at'], ledger_posting: ['effective_at'], ledger_snapshot: ['at_time'], ledger_debt: ['opened', 'since'], ledger_debt_past: ['since', 'until_time'],
      ledger_finding: ['first_seen', 'last_seen'], ledger_scope: ['looked_at'], ledger_rate: ['from_time', 'booked_at'], audit_run: ['started'],
    };
    const statements = Object.entries(columns).map(([table, names]) => `UPDATE ${table} SET ${names.map((name) => `${name} = ${name} - ${days * 86_400_000_000}`).join(', ')}`);
    execFileSync('python3', ['-c', 'import sqlite3, sys\ndb = sqlite3.connect(sys.argv[1])\ndb.executescript(sys.argv[2])', join(this.folder, '.solvent/catalog.db'), statements.join(';')]);
    const { problems } = this.json('ledger', 'verify');
    if (problems.length > 0) throw new Error(problems.join('\n'));
  }

  /** Forty days ago a first audit; since then ten debts were paid, five subjects are gone, and 20 debts are new. */
  seed() {
    const requirements = (i) => this.write(`project/part${String(i).padStart(3, '0')}/requirements.txt`, `pandas>=${i}\nnumpy\n`);
    for (let i = 0; i < 100; i += 1) requirements(i);
    for (let i = 0; i < 15; i += 1) this.write(`project/old${i}/requirements.txt`, 'scipy\n');
    this.write('project/CODEOWNERS', '* @risk\n/part00* @pricing\n');
    const rows = ['income,denied,flat'];
    for (let i = 0; i < 500; i += 1) rows.push(`${(i * 7919) % 1009},${i % 3 ? 'no' : 'yes'},1`);
    this.write('loans.csv', rows.join('\n') + '\n');
    this.cli('init');
    this.cli('rate', 'set', 'EUR', '90');
    this.cli('data', 'put', 'loans.csv', '--name', 'loans');
    this.cli('contract', 'set', 'loans', '--target', 'denied');
    this.cli('audit', 'project', '--quiet');
    this.age(40);
    for (let i = 0; i < 10; i += 1) this.write(`project/old${i}/requirements.txt`, 'scipy==1.14.1\n');
    for (let i = 10; i < 15; i += 1) rmSync(join(this.folder, `project/old${i}`), { recursive: true });
    for (let i = 100; i < 120; i += 1) requirements(i);
    this.write('project/never.ipynb', notebook(null));
    this.cli('audit', 'project', '--datasets', 'loans', '--graph', '--quiet');
  }

  serve(flags = []) {
    this.server = spawn(program, ['serve', '--port', '0', ...flags], { cwd: this.folder, stdio: ['ignore', 'pipe', 'ignore'] });
    return new Promise((done, failed) => {
      this.server.stdout.once('data', (text) => {
        this.url = String(text).trim();
        done();
      });
      this.server.once('exit', (code) => failed(new Error(`the server ended with ${code}`)));
    });
  }

  /** A page that fails its test on any console error, page error or broken policy. */
  async page(options = {}) {
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    const page = await context.newPage();
    page.problems = [];
    page.on('console', (message) => message.type() === 'error' && page.problems.push(message.text()));
    page.on('pageerror', (error) => page.problems.push(String(error)));
    return page;
  }

  async close() {
    await this.browser?.close();
    this.server?.removeAllListeners('exit');
    this.server?.kill('SIGTERM');
    await new Promise((done) => (this.server?.exitCode === null ? this.server.once('exit', done) : done()));
    if (!this.kept) rmSync(this.folder, { recursive: true, force: true });
  }
}
