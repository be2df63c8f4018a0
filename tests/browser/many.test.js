// Thousands of debts: pages by key, sorting and filtering by the server, rows drawn only where they are seen.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Estate, screenshots } from './estate.js';

const DEBTS = 3_000;
let estate;
before(async () => { estate = await Estate.open((made) => made.seedDebts(DEBTS)); });
after(async () => { await estate?.close(); });

/** All debts in an order, by the command line, page after page. */
function listed(...words) {
  const ids = [];
  for (let after; after !== '';) {
    const page = estate.json('debt', 'list', '--limit', '1000', ...words, ...(after ? ['--after', after] : []));
    ids.push(...page.debts.map((debt) => debt.id));
    after = page.next;
  }
  return ids;
}

const drawn = (page) => page.locator('tr[data-debt]').evaluateAll((all) => all.map((row) => [Number(row.getAttribute('aria-rowindex')), row.dataset.debt]));

/** Every row in sight, each at its place of the command line's order. */
async function matches(page, ids) {
  const rows = await drawn(page);
  assert.ok(rows.length >= 10, `${rows.length} rows are drawn`);
  for (const [at, id] of rows) assert.equal(id, ids[at - 1], `row ${at}`);
  return rows;
}

async function open(address = '/') {
  const page = await estate.page();
  page.asked = [];
  page.on('request', (request) => request.url().includes('/api/debts?') && page.asked.push(new URL(request.url()).searchParams));
  await page.goto(estate.url + address);
  await page.locator('tr[data-debt]').first().waitFor();
  return page;
}

/** Scrolls until this row is drawn, as a wheel does, waiting for rows in sight that are not there yet. */
async function scrollTo(page, row) {
  await page.evaluate((far) => new Promise((done) => {
    const step = () => {
      const last = [...document.querySelectorAll('tr[data-debt]')].at(-1);
      const settled = document.querySelector('.scroll table').getAttribute('aria-busy') === 'false';
      if (settled && Number(last?.getAttribute('aria-rowindex')) >= far) return done();
      if (settled) document.querySelector('.scroll').scrollTop += 300; // less than is drawn beyond sight, so that no row is passed over
      setTimeout(step, 20);
    };
    step();
  }), row);
}

/** Drags the scroll bar there and waits for what is in sight. */
async function dragTo(page, row) {
  await page.locator('.scroll').evaluate((element, top) => element.scrollTo(0, top), row * 33);
  await page.waitForFunction((far) => document.querySelector('.scroll table').getAttribute('aria-busy') === 'false'
    && [...document.querySelectorAll('tr[data-debt]')].some((at) => Number(at.getAttribute('aria-rowindex')) === far + 1), row);
}

test('one audit booked them all, and the headline counts them', async () => {
  assert.equal(estate.json('ledger').open_debts, DEBTS);
  const page = await open();
  assert.ok((await page.locator('.headline').innerText()).includes('3,000 open'));
  assert.ok((await page.locator('.debts h2').innerText()).includes('3,000 match'));
  await page.screenshot({ path: join(screenshots, 'many.png'), fullPage: true });
  assert.deepEqual(page.problems, []);
});

test('scrolled to the end, every row was in its place and few were ever drawn', async () => {
  const page = await open();
  const ids = listed();
  assert.equal(new Set(ids).size, DEBTS);
  const seen = new Set();
  for (let row = 25; row < DEBTS; row += 25) {
    await scrollTo(page, row);
    const rows = await matches(page, ids);
    assert.ok(rows.length < 90, `${rows.length} rows are drawn at once`);
    for (const [at] of rows) seen.add(at);
  }
  await scrollTo(page, DEBTS);
  for (const [at] of await matches(page, ids)) seen.add(at);
  assert.equal(seen.size, DEBTS, 'no row was left out');
  // The first page is small, so that it is there soon; each later one begins behind the last key of the one before.
  assert.equal(page.asked[0].get('limit'), '100');
  assert.equal(page.asked[0].get('after'), null);
  assert.equal(page.asked.length, 1 + Math.ceil((DEBTS - 100) / 500));
  assert.equal(new Set(page.asked.map((asked) => asked.get('after'))).size, page.asked.length);
  assert.ok(page.asked.every((asked) => !asked.has('offset')));
  assert.deepEqual(page.problems, []);
});

test('the scroll bar reaches any row at once, by the key that is nearest', async () => {
  const page = await open();
  const ids = listed();
  await dragTo(page, 2_400);
  await matches(page, ids);
  // Row 2,400 lies on the page of 2,100: 2,000 rows behind the key that the first page brought. It brings the next key itself.
  const [first, far, ...rest] = page.asked;
  assert.deepEqual([first.get('limit'), far.get('skip'), far.get('limit')], ['100', '2000', '500']);
  assert.ok(far.get('after'));
  assert.ok(rest.every((asked) => Number(asked.get('skip') ?? 0) === 0 && asked.get('after')), 'its neighbour by its key');
  assert.ok(page.asked.length <= 3, `${page.asked.length} pages were asked for`);
  await dragTo(page, 700);
  await matches(page, ids);
  await page.locator('.scroll').press('End');
  await page.waitForFunction((id) => [...document.querySelectorAll('tr[data-debt]')].at(-1)?.dataset.debt === id, ids.at(-1));
  await matches(page, ids);
  await page.locator('.scroll').press('Home');
  await page.waitForFunction((id) => document.querySelector('tr[data-debt]')?.dataset.debt === id, ids[0]);
  await matches(page, ids);
  assert.deepEqual(page.problems, []);
});

test('what changed elsewhere is seen where one is, when the page is looked at again', async () => {
  const page = await open();
  await dragTo(page, 1_500);
  const ids = listed();
  const [at, id] = (await drawn(page)).find(([row]) => row > 1_505);
  assert.equal(id, ids[at - 1]);
  estate.cli('debt', 'assign', id, '--owner', 'somebody-new');
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await page.locator(`tr[data-debt="${id}"]`, { hasText: 'somebody-new' }).waitFor();
  await matches(page, listed());
  assert.equal((await drawn(page))[0][0] > 1_400, true, 'where it was scrolled to');
  assert.deepEqual(page.problems, []);
});

for (const [title, sort] of [['Subject', 'subject'], ['Owner', 'owner'], ['To pay', 'principal'], ['Payback', 'payback'], ['Kind', 'kind']]) {
  test(`sorted by ${sort}, down and up, far below too`, async () => {
    const page = await open();
    for (const ascending of [false, true]) {
      await page.getByRole('button', { name: new RegExp(`^${title}( [↑↓])?$`) }).click();
      await page.waitForURL(ascending ? /ascending=true/ : new RegExp(`sort=${sort}`));
      const ids = listed('--sort', sort, ...(ascending ? ['--ascending'] : []));
      await page.waitForFunction((id) => document.querySelector('tr[data-debt]')?.dataset.debt === id, ids[0]);
      await matches(page, ids);
      await scrollTo(page, 800);
      await matches(page, ids);
      assert.equal(await page.locator(`th[aria-sort=${ascending ? 'ascending' : 'descending'}]`).innerText(), `${title} ${ascending ? '↑' : '↓'}`);
    }
    assert.deepEqual(page.problems, []);
  });
}

test('filters combine, count, and come back with the address', async () => {
  const page = await open('/?sort=subject&ascending=true');
  for (const [label, value] of [['System', 'fraud'], ['Kind', 'security'], ['Text', 'part1']]) {
    await page.getByLabel(label, { exact: true }).fill(value);
    await page.keyboard.press('Enter');
    await page.waitForURL(new RegExp(`${label === 'Text' ? 'text' : label.toLowerCase()}=${value}`));
  }
  const flags = ['--system', 'fraud', '--kind', 'security', '--text', 'part1', '--sort', 'subject', '--ascending'];
  const ids = listed(...flags);
  assert.ok(ids.length > 20 && ids.length < DEBTS / 4, `${ids.length} match`);
  await page.waitForFunction((count) => document.querySelector('.debts h2').textContent.includes(`${count} match`), ids.length.toLocaleString('en-US'));
  await matches(page, ids);
  assert.ok((await page.locator('.same').innerText()).includes(`solvent debt list ${flags.join(' ')}`), 'the command that lists the same');
  const again = await open(page.url().slice(estate.url.length));
  await matches(again, ids);
  await page.goBack();
  await page.waitForFunction((count) => document.querySelector('.debts h2').textContent.includes(`${count} match`), listed(...flags.slice(0, 4)).length.toLocaleString('en-US'));
  assert.deepEqual(page.problems, []);
});

test('an open row keeps its place while others scroll past it', async () => {
  const page = await open();
  const ids = listed();
  await page.locator('tr[data-debt] .opener').nth(2).click();
  await page.locator('.drill').waitFor();
  await scrollTo(page, 300);
  assert.equal(await page.locator('.drill').count(), 0, 'what is far away is not drawn');
  await matches(page, ids);
  await page.locator('.scroll').evaluate((element) => element.scrollTo(0, 0));
  await page.locator('.drill').waitFor();
  assert.equal(await page.locator('tr.open').getAttribute('data-debt'), ids[2]);
});

test('a debt that no page has brought yet opens by its address', async () => {
  const ids = listed();
  const page = await open(`/?debt=${ids[2_900]}`);
  await page.locator('.pinned .drill').waitFor();
  assert.match(await page.locator('.pinned').innerText(), new RegExp(ids[2_900]));
  await page.getByRole('button', { name: 'Close' }).click();
  await page.locator('.pinned').waitFor({ state: 'detached' });
  assert.deepEqual(page.problems, []);
});

test('a bar narrows the page to an owner, then to a system of his', async () => {
  const page = await open();
  const { accounts } = estate.json('ledger');
  const table = (by) => page.getByRole('table', { name: `Owed by ${by}` });
  const counts = (by) => table(by).locator('tr').evaluateAll((all) => Object.fromEntries(all.map((row) => [row.querySelector('th').textContent, row.lastElementChild.textContent])));
  const expected = (by, rows) => {
    const sums = {};
    for (const row of rows) sums[row[by]] = (sums[row[by]] ?? 0) + row.debts;
    return Object.fromEntries(Object.entries(sums).map(([name, count]) => [name, count.toLocaleString('en-US')]));
  };
  assert.deepEqual(await counts('kind'), expected('kind', accounts));
  await table('owner').getByRole('link', { name: 'platform', exact: true }).click();
  await page.waitForURL(/team=platform/);
  const his = accounts.filter((row) => row.team === 'platform');
  await page.locator('.headline', { hasText: 'What platform owes' }).waitFor();
  assert.deepEqual(await counts('system'), expected('system', his));
  await table('system').getByRole('link', { name: 'fraud', exact: true }).click();
  await page.waitForURL(/system=fraud/);
  const both = his.filter((row) => row.system === 'fraud');
  await page.waitForFunction((match) => document.querySelector('.debts h2').textContent.includes(match), `${both.reduce((sum, row) => sum + row.debts, 0).toLocaleString('en-US')} match`);
  assert.deepEqual(await counts('kind'), expected('kind', both));
  assert.deepEqual(page.problems, []);
});
