// A workspace with nothing in it: each view says what it would show and what to run to fill it.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Estate, screenshots } from './estate.js';

let estate;
before(async () => { estate = await Estate.open((made) => made.cli('init')); });
after(async () => { await estate?.close(); });

for (const [view, command] of [['/', 'solvent audit PATH'], ['/assets', 'solvent data put FILE --name NAME'], ['/audits', 'solvent audit PATH']]) {
  test(`${view} says what to run`, async () => {
    const page = await estate.page();
    await page.goto(estate.url + view);
    await page.locator('.empty').waitFor();
    assert.ok((await page.locator('.empty').innerText()).includes(command));
    await page.screenshot({ path: join(screenshots, `empty${view.replace('/', '-')}.png`) });
    assert.deepEqual(page.problems, []);
  });
}

test('what is not there says so and what to do', async () => {
  const page = await estate.page();
  for (const view of ['/assets/none', '/audits/00000000-0000-7000-8000-000000000000', '/audits/task/none']) {
    await page.goto(estate.url + view);
    const alert = page.getByRole('alert');
    await alert.waitFor();
    assert.match(await alert.innerText(), /What to do: /, view);
  }
});
