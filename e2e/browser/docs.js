// The documentation as a reader meets it: no finding of axe, nothing wider than a phone, nothing that the
// pages' own policy forbids, and a search without a script. Told what to read as JSON on standard input.
'use strict';

const fs = require('fs');

const { chromium } = require('playwright-core');

const AXE = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--no-proxy-server', '--disable-background-networking'];
const APPEARANCES = {
  light: { viewport: { width: 1280, height: 900 } },
  dark: { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' },
  phone: { viewport: { width: 375, height: 800 } },
};

// As it is served: whatever the browser holds against it is told on its console.
async function read(browser, { url, pages }, problems) {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  let path = '';
  page.on('console', (message) => problems.push(`${path}: ${message.text()}`));
  page.on('request', (request) => {
    if (!request.url().startsWith(url)) problems.push(`${path} loads ${request.url()}`);
  });
  for (path of pages) {
    const response = await page.goto(url + path);
    if (response.status() !== 200) problems.push(`${path}: ${response.status()}`);
  }
  path = 'the search';
  await page.goto(`${url}/docs`);
  await page.fill('#q', 'wrong_audience resource');
  await page.press('#q', 'Enter');
  if (!(await page.locator('.found mark').count())) problems.push('the search marks nothing');
  await page.locator('.found a').first().click();
  if (!(await page.locator('article h1').count())) problems.push('a result leads nowhere');
  await context.close();
}

// Axe is a script, which no page of ours would run.
async function look(browser, { url, pages }, problems) {
  for (const [name, settings] of Object.entries(APPEARANCES)) {
    const context = await browser.newContext({ ...settings, bypassCSP: true });
    const page = await context.newPage();
    for (const path of pages) {
      await page.goto(url + path);
      await page.addScriptTag({ content: AXE });
      const { violations } = await page.evaluate(() => globalThis.axe.run());
      for (const { id, nodes } of violations) problems.push(`${path}, ${name}: ${id}: ${nodes[0].html}`);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (over > 0) problems.push(`${path}, ${name}: ${over} pixels too wide`);
    }
    await context.close();
  }
}

// By keyboard alone: the first stop skips to the text.
async function skip(browser, { url }, problems) {
  const page = await browser.newPage();
  await page.goto(`${url}/docs`);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  const at = await page.evaluate(() => document.activeElement?.id);
  if (at !== 'main') problems.push(`the first stop leads to ${at}`);
  await page.close();
}

(async () => {
  const stage = JSON.parse(fs.readFileSync(0, 'utf8'));
  const browser = await chromium.launch({ executablePath: stage.chromium, args: ARGUMENTS });
  const problems = [];
  try {
    await read(browser, stage, problems);
    await look(browser, stage, problems);
    await skip(browser, stage, problems);
  } finally {
    await browser.close();
  }
  for (const problem of problems) console.log(problem);
  process.exitCode = problems.length ? 1 : 0;
})();
