// Audits as tasks of the server: seen live in the page while they run, cancelled from it, started from it.
// The server looks at so many files a second (audit.files_per_s), so how long an audit takes at least is known beforehand: one
// that is watched to its end lasts some seconds, one that is cancelled would go on for minutes.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Estate, notebook, screenshots } from './estate.js';

const PASSWORD = 'correct horse battery';
const FILES_PER_S = 30;
const FILES_ENDLESS = 6_000;  // 200 s to read them once
let estate;
before(async () => {
  estate = await Estate.open((made) => {
    made.seed();
    made.cli('principal', 'add', 'user:ada', '--role', 'editor', '--password', PASSWORD);
    // Checks that look at different numbers of files end at different times.
    for (let i = 0; i < 80; i += 1) made.write(`big/src/file${i}.py`, `value_${i} = ${i}\n`);
    for (let i = 0; i < 40; i += 1) made.write(`big/study/study${i}.ipynb`, notebook(1));
    made.write('big/requirements.txt', 'numpy\n');
    for (let i = 0; i < FILES_ENDLESS; i += 1) made.write(`endless/part${i % 100}/file${i}.py`, `value_${i} = ${i}\n`);
  }, '', ['--set', `audit.files_per_s=${FILES_PER_S}`]);
});
after(async () => { await estate?.close(); });

async function signedIn() {
  const page = await estate.page();
  await page.goto(`${estate.url}/signin`);
  await page.getByLabel('Name').fill('ada');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('Sign out').waitFor();
  return page;
}

/** Waits for the first audit that the server runs now, and yields its task. */
async function running() {
  for (let i = 0; i < 600; i += 1) {
    const { tasks } = await (await fetch(`${estate.url}/api/tasks?kind=audit&status=running`)).json();
    if (tasks.length > 0) return tasks[0];
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error('no audit runs');
}

test('an audit asked for at the terminal is seen live and turns into its report', async () => {
  const page = await signedIn();
  await page.goto(`${estate.url}/audits`);
  await page.getByRole('heading', { name: 'Audits' }).first().waitFor();
  const command = estate.start('audit', 'big', '--json');
  const task = await running();
  await page.getByRole('link', { name: 'big', exact: true }).first().click();
  await page.waitForURL(new RegExp(`/audits/task/${task.id}`));
  // What the page says of the checks, each time that it changes.
  const said = await page.evaluate(() => new Promise((done) => {
    const seen = [];
    const look = () => {
      if (!location.pathname.startsWith('/audits/task/')) return done(seen);
      const text = [...document.querySelectorAll('.running .meter')].map((one) => one.textContent.trim()).join('; ');
      if (text && seen.at(-1) !== text) seen.push(text);
      setTimeout(look, 20);
    };
    look();
  }));
  const { code, stdout, stderr } = await command;
  assert.equal(code, 0, stderr);
  const report = JSON.parse(stdout);
  assert.ok(said.length >= 3, `progress moved: ${said.join(' | ')}`);
  const done = said.map((text) => Number(/(\d+) of \d+$/.exec(text)?.[1] ?? 0));
  assert.deepEqual(done, [...done].sort((a, b) => a - b), 'what is done only grows');
  assert.match(page.url(), new RegExp(`/audits/${report.id}$`));
  await page.getByRole('table', { name: 'Checks of this audit' }).waitFor();
  assert.ok((await page.locator('.headline').innerText()).includes(report.findings_total.toLocaleString('en-US')));
  assert.deepEqual(page.problems, []);
});

test('the command says over HTTP what it says in process', async () => {
  const { code, stdout, stderr } = await estate.start('audit', 'project');
  assert.equal(code, 0, stderr);
  assert.match(stdout, /findings in project; looked at/);
  assert.match(stdout, /0 new, 0 relapsed, 0 paid, 0 retired, 121 known/); // 120 of requirements, one of the notebook
});

test('one is cancelled from the page within a second, and books nothing', async () => {
  const before = estate.json('audit', 'list').audits.length;
  const page = await signedIn();
  const command = estate.start('audit', 'endless');
  const task = await running();
  await page.goto(`${estate.url}/audits/task/${task.id}`);
  await page.locator('.running .meter').first().waitFor();
  await page.screenshot({ path: join(screenshots, 'running.png'), fullPage: true });
  const began = Date.now();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByText('nothing was booked').waitFor();
  const took = Date.now() - began;
  const ended = estate.json('task', 'show', task.id);
  assert.equal(ended.status, 'cancelled');
  assert.ok(took < 1_500, `${took} ms from the click to the page that says so`);
  const { code, stderr } = await command;
  assert.notEqual(code, 0);
  assert.match(stderr, /the audit was cancelled/);
  assert.equal(estate.json('audit', 'list').audits.length, before);
  await page.screenshot({ path: join(screenshots, 'cancelled.png'), fullPage: true });
  assert.deepEqual(page.problems, []);
});

test('one of what the workspace holds is started from the page', async () => {
  const before = estate.json('audit', 'list').audits.length;
  const page = await signedIn();
  await page.goto(`${estate.url}/audits`);
  await page.getByText('Start an audit').click();
  await page.getByRole('checkbox', { name: 'loans' }).check();
  assert.ok((await page.locator('.start').innerText()).includes('solvent audit --datasets loans --graph'), 'the command that does the same');
  await page.screenshot({ path: join(screenshots, 'start.png') });
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await page.waitForFunction((count) => document.querySelectorAll('[aria-label="Audits"] tbody tr').length > count, before);
  const audits = estate.json('audit', 'list').audits;
  assert.equal(audits.length, before + 1);
  assert.deepEqual([audits[0].assets, audits[0].actor], [['loans', 'estate'], 'user:ada']);
  assert.deepEqual(page.problems, []);
});
