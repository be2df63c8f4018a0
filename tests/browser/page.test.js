import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { lowContrast } from './contrast.js';
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

test('the trend says what was incurred, paid and retired, by pointer and by arrow keys', async () => {
  const page = await estate.page();
  await page.goto(estate.url);
  const chart = page.locator('.trend [role=img]');
  await chart.locator('canvas').waitFor();
  const { trend } = estate.json('ledger');
  assert.ok(trend.length >= 6, `${trend.length} points over forty days`);
  const labour = (s) => (s < 60 ? `${s} s` : s < 3600 ? `${Math.round(s / 60)} min` : s < 36_000 ? `${(s / 3600).toFixed(1).replace(/\.0$/, '')} h` : `${Math.round(s / 3600)} h`);
  const flows = trend.map((p) => `incurred ${labour(p.incurred_s)}, paid ${labour(p.paid_s)}, retired ${labour(p.retired_s)}`);
  const last = trend.findLastIndex((p) => p.paid_s > 0);
  assert.ok(trend[last].retired_s > 0 && trend[last].incurred_s > 0 && trend[0].incurred_s > 0);
  await chart.focus();
  for (let i = trend.length - 1; i > 0; i -= 1) await page.keyboard.press('ArrowLeft');
  await page.locator('.trend p', { hasText: flows[0] }).waitFor();
  for (let i = 0; i < last; i += 1) await page.keyboard.press('ArrowRight');
  await page.locator('.trend p', { hasText: flows[last] }).waitFor();
  const box = await page.locator('.trend .u-over').boundingBox();
  await page.mouse.move(box.x + 2, box.y + 20);
  await page.locator('.trend p', { hasText: flows[0] }).waitFor();
  assert.deepEqual(page.problems, []);
});

test('"as of" goes along through every view and back to now', async () => {
  const then = new Date(Date.now() - 20 * 86_400_000).toISOString().slice(0, 10);
  const page = await estate.page();
  await page.goto(estate.url);
  await page.getByLabel('as of').fill(then);
  await page.waitForURL(new RegExp(`as_of=${then}`));
  const was = estate.json('ledger', '--as-of', then);
  await page.waitForFunction((open) => document.querySelector('.headline')?.innerText.includes(`${open} open`), was.open_debts);
  assert.equal(was.open_debts, 115);
  assert.ok((await page.locator('.same').innerText()).includes(`--as-of ${then}`));
  await page.getByRole('link', { name: 'Audits' }).click();
  await page.waitForURL(new RegExp(`/audits\\?as_of=${then}`));
  await page.getByRole('button', { name: 'Back to now' }).click();
  await page.waitForURL((url) => !url.searchParams.has('as_of'));
});

test('search is a key away', async () => {
  const page = await estate.page();
  await page.goto(`${estate.url}/checks`);
  await page.locator('.check').first().waitFor();
  await page.keyboard.press('Control+k');
  await page.keyboard.type('part007');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/\?text=part007/);
  await rows(page).first().waitFor();
  assert.equal(await rows(page).count(), 1);
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
  const detail = estate.json('debt', 'show', estate.json('debt', 'list', '--check', 'code/notebook-never-run').debts[0].id);
  assert.ok(said.includes(detail.question) && said.includes(detail.advice), 'what was asked, and what to do');
  assert.ok(said.includes(detail.principal.derivation), 'how the price came about');
  assert.ok(said.indexOf('never.ipynb') < said.indexOf(detail.advice), 'evidence before advice');
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

const VIEWS = ['/', '/?debt=first', '/assets', '/assets/loans', '/audits', '/audits/latest', '/checks', '/settings', '/signin'];

for (const colorScheme of ['light', 'dark']) {
  test(`every view is legible (AA) in the ${colorScheme}, names its command, and loads nothing from elsewhere`, async () => {
    const first = estate.json('debt', 'list').debts[0].id;
    const page = await estate.page({ colorScheme });
    const elsewhere = [];
    page.on('request', (request) => !request.url().startsWith(estate.url) && elsewhere.push(request.url()));
    for (const view of VIEWS) {
      await page.goto(estate.url + view.replace('first', first));
      await page.locator('.same code').waitFor();
      await page.waitForLoadState('networkidle');
      const { looked, low } = await page.evaluate(lowContrast);
      assert.ok(looked > 10, `${view}: ${looked} texts were looked at`);
      assert.deepEqual(low, [], view);
      assert.match(await page.locator('.same').innerText(), /same as: solvent \w+/, view);
      assert.equal(await page.title() === 'Solvent', view === '/signin' || view.startsWith('/?') || view === '/', view);
      await page.screenshot({ path: join(screenshots, `view-${colorScheme}-${view.replace(/\W+/g, '-').replace(/^-|-$/g, '') || 'ledger'}.png`), fullPage: true });
    }
    assert.deepEqual(elsewhere, []);
    assert.deepEqual(page.problems, []);
  });
}

test('narrow screens get one column and no sideways scrolling', async () => {
  const page = await estate.page({ viewport: { width: 390, height: 800 } });
  const first = estate.json('debt', 'list').debts[0].id;
  for (const view of VIEWS) {
    await page.goto(estate.url + view.replace('first', first));
    await page.locator('.same code').waitFor();
    await page.waitForLoadState('networkidle');
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(over <= 0, `${view} is ${over} px too wide`);
    if (view === '/') await page.screenshot({ path: join(screenshots, 'narrow.png'), fullPage: true });
  }
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
  const { looked, low } = await page.evaluate(lowContrast);
  assert.ok(looked > 50);
  assert.deepEqual(low, []);
  const pdf = await page.pdf({ format: 'A4', path: join(screenshots, 'ledger.pdf') });
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
