// A real workspace with real debts, a real server over it, and Chromium; made once for a test file.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const program = process.env.SOLVENT_PROGRAM ?? join(root, 'build/release/bin/solvent');
export const screenshots = join(root, 'build/screenshots');

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

export class Estate {
  static async open() {
    const estate = new Estate();
    estate.folder = mkdtempSync(join(tmpdir(), 'solvent-browser-'));
    mkdirSync(screenshots, { recursive: true });
    estate.seed();
    await estate.serve();
    estate.browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS });
    return estate;
  }

  cli(...words) {
    return execFileSync(program, words, { cwd: this.folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }

  json(...words) {
    return JSON.parse(this.cli(...words, '--json'));
  }

  seed() {
    const write = (name, text) => {
      mkdirSync(dirname(join(this.folder, name)), { recursive: true });
      writeFileSync(join(this.folder, name), text);
    };
    const notebook = (count) => JSON.stringify({ cells: [{ cell_type: 'code', source: ['1 + 1'], execution_count: count, outputs: [], metadata: {} }], metadata: {}, nbformat: 4, nbformat_minor: 5 });
    for (let i = 0; i < 120; i += 1) write(`project/part${String(i).padStart(3, '0')}/requirements.txt`, `pandas>=${i}\nnumpy\n`);
    write('project/never.ipynb', notebook(null));
    write('project/CODEOWNERS', '* @risk\n/part00* @pricing\n');
    const rows = ['income,denied,flat'];
    for (let i = 0; i < 500; i += 1) rows.push(`${(i * 7919) % 1009},${i % 3 ? 'no' : 'yes'},1`);
    write('loans.csv', rows.join('\n') + '\n');
    this.cli('init');
    this.cli('rate', 'set', 'EUR', '90');
    this.cli('data', 'put', 'loans.csv', '--name', 'loans');
    this.cli('contract', 'set', 'loans', '--target', 'denied');
    this.cli('audit', 'project', '--datasets', 'loans', '--graph', '--quiet');
  }

  serve() {
    this.server = spawn(program, ['serve', '--port', '0'], { cwd: this.folder, stdio: ['ignore', 'pipe', 'ignore'] });
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
    rmSync(this.folder, { recursive: true, force: true });
  }
}
