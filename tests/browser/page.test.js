import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Estate, screenshots } from './estate.js';

let estate;
before(async () => { estate = await Estate.open(); });
after(async () => { await estate?.close(); });

const rows = (page) => page.locator('.debts tbody tr:not(.pad, .detail)');

test('the first screen says what is owed, what it costs, how long, what first', async () => {
  const page = await estate.page();
  await page.goto(estate.url);
  await page.locator('.headline b').first().waitFor();
  const said = await page.locator('.headline').innerText();
  const statement = estate.json('ledger');
  assert.match(said, new RegExp(`${statement.open_debts.toLocaleString('en-US')} open`));
  assert.match(said, /€/);
  assert.match(said, /not told/);
  assert.ok(said.includes(statement.bankruptcy_missing), 'it says what is missing to tell');
  assert.equal(await page.locator('.dearest li').count(), 5);
  assert.equal(await page.locator('.dearest li a').first().innerText(), statement.dearest[0].title);
  await page.screenshot({ path: join(screenshots, 'ledger.png'), fullPage: true });
  assert.deepEqual(page.problems, []);
});

test('a row opens, by keyboard alone, to its evidence, price and fix', async () => {
  const page = await estate.page();
  await page.goto(`${estate.url}/?check=code/notebook-never-run`);
  await rows(page).first().waitFor();
  assert.equal(await rows(page).count(), 1);
  for (let i = 0; i < 200 && !(await page.evaluate(() => document.activeElement?.classList.contains('opener'))); i += 1) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.locator('.drill').waitFor();
  const said = await page.locator('.drill').innerText();
  assert.match(said, /never\.ipynb/);
  assert.match(said, /prior only/);
  const [debt] = estate.json('debt', 'list', '--check', 'code/notebook-never-run').debts;
  assert.ok(said.includes(debt.fix), 'the command that pays it');
  assert.match(page.url(), new RegExp(`debt=${debt.id}`), 'an open row is a link');
  await page.screenshot({ path: join(screenshots, 'debt.png'), fullPage: true });
  assert.deepEqual(page.problems, []);
});

test('sorting and filtering are the server\'s, live in the address, and Back works', async () => {
  const page = await estate.page();
  await page.goto(`${estate.url}/?check=code/unpinned-dependencies`);
  await rows(page).first().waitFor();
  await page.getByRole('button', { name: 'Subject' }).click();
  await page.waitForURL(/sort=subject/);
  const first = estate.json('debt', 'list', '--check', 'code/unpinned-dependencies', '--sort', 'subject').debts[0].subject;
  await page.waitForFunction((subject) => document.querySelector('.debts .subject')?.textContent.includes(subject), first);
  await page.getByLabel('Owner', { exact: true }).fill('pricing');
  await page.keyboard.press('Enter');
  await page.waitForURL(/team=pricing/);
  await page.waitForFunction(() => document.querySelector('.debts h2')?.textContent.includes('10 match'));
  await page.goBack();
  await page.waitForFunction(() => document.querySelector('.debts h2')?.textContent.includes('120 match'));
  assert.deepEqual(page.problems, []);
});

test('rows come by pages as they scroll into sight', async () => {
  const page = await estate.page();
  const asked = [];
  page.on('request', (request) => request.url().includes('/api/debts?') && asked.push(request.url()));
  await page.goto(`${estate.url}/?check=code/unpinned-dependencies`);
  await rows(page).first().waitFor();
  assert.ok((await rows(page).count()) < 100, 'only what is seen is drawn');
  await page.locator('.scroll').evaluate((element) => element.scrollTo(0, element.scrollHeight));
  await page.waitForFunction(() => new Set([...document.querySelectorAll('.debts .subject')].map((cell) => cell.textContent)).size > 20);
  for (let i = 0; i < 20 && asked.length < 2; i += 1) {
    await page.locator('.scroll').evaluate((element) => element.scrollTo(0, element.scrollHeight));
    await page.waitForTimeout(100);
  }
  assert.ok(asked.some((url) => new URL(url).searchParams.get('after')), 'the second page is asked for by its key');
  assert.deepEqual(page.problems, []);
});

test('every other view shows what the command line says', async () => {
  const page = await estate.page();
  await page.goto(`${estate.url}/assets`);
  await page.getByRole('link', { name: 'loans' }).click();
  await page.locator('.multiples article').first().waitFor();
  assert.deepEqual(await page.locator('.multiples h3').allInnerTexts(), ['income int', 'denied text', 'flat int']);
  assert.ok((await page.locator('.multiples article').first().locator('rect').count()) >= 10, 'a histogram');
  await page.screenshot({ path: join(screenshots, 'profile.png'), fullPage: true });
  await page.goto(`${estate.url}/audits`);
  await page.locator('.sheet a').first().click();
  await page.getByText('Looked at').waitFor();
  await page.screenshot({ path: join(screenshots, 'audit.png'), fullPage: true });
  await page.goto(`${estate.url}/checks`);
  await page.locator('.check').first().waitFor();
  assert.equal(await page.locator('.check').count(), estate.json('check', 'list').checks.length);
  await page.goto(`${estate.url}/settings`);
  await page.getByText('table.memory_mib').waitFor();
  await page.goto(`${estate.url}/signin`);
  await page.getByLabel('Password').waitFor();
  assert.deepEqual(page.problems, []);
});

test('a view that is not there says so, and so does a server that is not', async () => {
  const page = await estate.page();
  await page.goto(`${estate.url}/nowhere`);
  await page.getByText('there is no page /nowhere').waitFor();
  await page.route('**/api/ledger*', (route) => route.abort());
  await page.goto(estate.url);
  await page.getByText('the server does not answer').waitFor();
});

test('narrow screens get one column and no sideways scrolling', async () => {
  const page = await estate.page({ viewport: { width: 390, height: 800 } });
  await page.goto(estate.url);
  await page.locator('.headline b').first().waitFor();
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(over <= 0, `the page is ${over} px too wide`);
  await page.screenshot({ path: join(screenshots, 'narrow.png') });
});

test('it prints, in the dark too it is ink on paper', async () => {
  const page = await estate.page({ colorScheme: 'dark' });
  await page.goto(estate.url);
  await page.locator('.headline b').first().waitFor();
  await page.screenshot({ path: join(screenshots, 'dark.png') });
  await page.emulateMedia({ media: 'print' });
  const paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  assert.equal(paper, 'rgb(255, 255, 255)');
  assert.equal(await page.locator('header nav').isVisible(), false);
  const pdf = await page.pdf({ format: 'A4' });
  assert.ok(pdf.length > 10_000);
});

test('the first load is small, from here alone, under a strict policy', async () => {
  const page = await estate.page();
  const bodies = [];
  page.on('response', async (response) => bodies.push([response.url(), response.headers()]));
  await page.goto(estate.url);
  await page.locator('.headline b').first().waitFor();
  let bytes = 0;
  for (const [url] of bodies) {
    assert.ok(url.startsWith(estate.url), `something came from elsewhere: ${url}`);
    if (!url.includes('/api/')) bytes += gzipSync(Buffer.from(await (await fetch(url)).arrayBuffer())).length;
  }
  assert.ok(bytes < 120 * 1024, `${bytes} bytes`);
  const policy = bodies.find(([url]) => url === `${estate.url}/`)[1]['content-security-policy'];
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe/);
  assert.deepEqual(page.problems, []);
});
