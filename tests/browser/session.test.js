// Signing in through the page, on a server whose workspace knows people: who, as what, what is allowed, and out again.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Estate, screenshots } from './estate.js';

const PASSWORDS = { ada: 'correct horse battery', ray: 'staple of a reader' };
let estate;
before(async () => {
  estate = await Estate.open((made) => {
    made.seed();
    made.cli('principal', 'add', 'user:ada', '--role', 'editor', '--password', PASSWORDS.ada);
    made.cli('principal', 'add', 'user:ray', '--role', 'reader', '--password', PASSWORDS.ray);
  });
});
after(async () => { await estate?.close(); });

async function signIn(page, name, password = PASSWORDS[name]) {
  await page.goto(`${estate.url}/signin`);
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

const NOTEBOOK = '/?check=code/notebook-never-run';

test('without a name the page reads, and says how to do more', async () => {
  const page = await estate.page();
  await page.goto(estate.url + NOTEBOOK);
  await page.getByRole('link', { name: 'Sign in' }).first().waitFor();
  await page.locator('.opener').first().click();
  await page.getByText('takes an editor').waitFor();
  assert.equal(await page.locator('.decide').count(), 0);
  assert.deepEqual(page.problems, []);
});

test('a wrong password is told as such, and nobody is signed in', async () => {
  const page = await estate.page();
  await signIn(page, 'ada', 'wrong');
  const alert = page.getByRole('alert');
  await alert.waitFor();
  assert.match(await alert.innerText(), /name or password is wrong/);
  assert.match(await alert.innerText(), /What to do: /);
  assert.deepEqual(await page.context().cookies(), []);
  assert.match(page.url(), /\/signin$/);
  // The same words for a name that there is not: nobody learns who is known here.
  await signIn(page, 'nobody', 'wrong');
  await alert.waitFor();
  assert.match(await alert.innerText(), /name or password is wrong/);
  await page.screenshot({ path: join(screenshots, 'signin.png') });
});

test('an editor signs in by keyboard alone, accepts a debt, and signs out', async () => {
  const page = await estate.page();
  await page.goto(`${estate.url}/signin`);
  await page.getByLabel('Name').waitFor();
  for (let i = 0; i < 30 && !(await page.evaluate(() => document.activeElement?.getAttribute('name') === 'name')); i += 1) await page.keyboard.press('Tab');
  await page.keyboard.type('ada');
  await page.keyboard.press('Tab');
  await page.keyboard.type(PASSWORDS.ada);
  await page.keyboard.press('Enter');
  await page.waitForURL(`${estate.url}/`);
  const who = page.locator('header .who');
  await page.getByText('Sign out').waitFor();
  assert.match(await who.innerText(), /ada\s+editor/);

  const [cookie] = await page.context().cookies();
  assert.equal(cookie.httpOnly, true);
  assert.equal(cookie.sameSite, 'Strict');
  assert.equal(await page.evaluate(() => document.cookie), '', 'no script reads it');

  await page.goto(estate.url + NOTEBOOK);
  const [debt] = estate.json('debt', 'list', '--check', 'code/notebook-never-run').debts;
  await page.locator('.opener').first().focus();
  await page.keyboard.press('Enter');
  await page.locator('.decide summary', { hasText: 'Accept' }).focus();
  await page.keyboard.press('Enter');
  await page.getByLabel('Why it may stay').fill('frozen until launch');
  await page.keyboard.press('Enter');
  await page.getByText('Accepted by').waitFor();
  const kept = estate.json('debt', 'show', debt.id).debt;
  assert.equal(kept.state, 'accepted');
  assert.equal(kept.accepted_reason, 'frozen until launch');
  await page.screenshot({ path: join(screenshots, 'accepted.png'), fullPage: true });
  // Who did it is in the access log.
  const { entries } = estate.json('access', 'log');
  assert.ok(entries.some((entry) => entry.principal === 'user:ada'), 'the access log names her');

  const asked = page.waitForRequest((request) => `${request.method()} ${new URL(request.url()).pathname}` === 'POST /api/signout');
  await page.getByRole('button', { name: 'Sign out' }).focus();
  await page.keyboard.press('Enter');
  assert.ok((await (await asked).response()).ok());
  await page.waitForURL(/\/signin/);
  await page.locator('header .who', { hasText: 'Sign in' }).waitFor();
  assert.deepEqual(await page.context().cookies(), []);
  const late = await fetch(`${estate.url}/api/debts/${debt.id}/reopen`, {
    method: 'POST', headers: { 'Content-Type': 'application/json', Cookie: `${cookie.name}=${cookie.value}` }, body: JSON.stringify({ reason: 'stolen cookie' }),
  });
  assert.equal(late.status, 401, 'the session ended on the server too');
  assert.deepEqual(page.problems, []);
});

test('a reader is told so, and the server refuses what the page does not offer', async () => {
  const page = await estate.page();
  await signIn(page, 'ray');
  await page.getByText('Sign out').waitFor();
  assert.match(await page.locator('header .who').innerText(), /ray\s+reader/);
  await page.goto(`${estate.url}/?check=code/unpinned-dependencies`);
  await page.locator('.opener').first().click();
  await page.getByText('You are a reader.').waitFor();
  assert.equal(await page.locator('.decide').count(), 0);
  const [debt] = estate.json('debt', 'list', '--check', 'code/unpinned-dependencies').debts;
  const refused = await page.evaluate(async (id) => {
    const answer = await fetch(`/api/debts/${id}/write-off`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"reason":"no"}' });
    return { status: answer.status, error: (await answer.json()).error };
  }, debt.id);
  assert.equal(refused.status, 403);
  assert.equal(refused.error.code, 'PERMISSION_DENIED');
  assert.equal(estate.json('debt', 'show', debt.id).debt.state, 'open');
  await page.goto(`${estate.url}/audits`);
  await page.getByText('Start an audit').click();
  assert.equal(await page.getByRole('button', { name: 'Start', exact: true }).isDisabled(), true);
});
