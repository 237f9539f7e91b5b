// Every page: as it looks, to whom it can be read, and what of it works without a script.
'use strict';

const assert = require('assert/strict');
const fs = require('fs');
const path = require('path');

const axe = require('axe-core');

const { small } = require('../png');
const { PAGES, walk } = require('../walk');

const DESK = { width: 800, height: 600 };
const PHONE = { width: 375, height: 667 };
// WCAG 2.2 has 320 CSS pixels as the narrowest (1.4.10).
const NARROWEST = { width: 320, height: 568 };

module.exports = {
  async every_page_can_be_read_by_everybody(stage) {
    const person = await stage.person();
    const { page } = person;
    await person.context.addInitScript({ content: axe.source });
    const seen = [];
    await walk(stage, page, 'katherine', async (name) => {
      // That one is on its way elsewhere before it is there.
      if (name !== 'form-post') await page.waitForLoadState('domcontentloaded');
      await settled(page);
      seen.push(name);
      for (const colorScheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme });
        assert.deepEqual(await violations(page), [], `${name} ${colorScheme}`);
        await shot(stage, page, `${name}-${colorScheme}`);
      }
      for (const viewport of [NARROWEST, PHONE]) {
        await page.setViewportSize(viewport);
        const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(wider <= 0, `${name} is ${wider} wider than ${viewport.width}`);
      }
      assert.deepEqual(await violations(page), [], `${name} ${PHONE.width}`);
      await page.emulateMedia({ colorScheme: 'light' });
      await shot(stage, page, `${name}-phone`);
      await page.setViewportSize(DESK);
    });
    assert.deepEqual(seen.toSorted(), PAGES.toSorted());
  },

  async every_page_works_without_a_script(stage) {
    const { page } = await stage.person({ javaScriptEnabled: false });
    const seen = [];
    const look = async (name) => {
      await page.waitForSelector('h1');
      seen.push(name);
    };
    await walk(stage, page, 'radia', look, false);
    assert.deepEqual(seen.toSorted(), PAGES.toSorted());
  },
};

async function settled(page) {
  await page.waitForSelector('h1');
  await page.evaluate(() => document.fonts.ready);
}

async function violations(page) {
  const { violations: found } = await page.evaluate(() =>
    axe.run(document, { rules: { 'target-size': { enabled: true } }, resultTypes: ['violations'] }),
  );
  return found.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}

// Only where they are wanted: a run of the tests leaves the checkout as it is.
async function shot(stage, page, name) {
  if (!stage.screenshots) return;
  fs.mkdirSync(stage.screenshots, { recursive: true });
  await page.evaluate(() => document.activeElement?.blur());
  const taken = await page.screenshot({ fullPage: true });
  fs.writeFileSync(path.join(stage.screenshots, `${name}.png`), small(taken));
}
