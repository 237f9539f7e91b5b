// Every page of the console: as it looks, who can read it, and what of it works without a script.
'use strict';

const assert = require('assert/strict');
const fs = require('fs');
const path = require('path');

const axe = require('axe-core');

const { small } = require('../png');
const { PASSWORD } = require('../stage');
const { API, APP, call, go, operator, press, submit, token } = require('../operators');

const DESK = { width: 1280, height: 800 };
const PHONE = { width: 375, height: 667 };
// WCAG 2.2 has 320 CSS pixels as the narrowest (1.4.10).
const NARROWEST = { width: 320, height: 568 };

const PAGES = [
  'console-sign-in',
  'console-sign-in-wrong',
  'console-welcome',
  'console-clients',
  'console-clients-none',
  'console-client',
  'console-client-edit',
  'console-client-wrong',
  'console-client-delete',
  'console-secret',
  'console-resource-servers',
  'console-users',
  'console-user',
  'console-sessions',
  'console-tokens',
  'console-issuers',
  'console-registration-tokens',
  'console-keys',
  'console-audit',
  'console-settings',
  'console-tenants',
  'console-inspector',
  'console-inspector-inactive',
  'console-assertion',
  'console-requests',
  'console-request',
  'console-not-found',
  'console-overview',
];

// Past every page, each with something on it; `look` is called at each.
async function walk(stage, page, { id, tenant }, look) {
  await prepare(stage, { id, tenant });
  await enter(stage, page, look);
  const visit = async (name, where) => {
    await go(stage, page, where);
    await look(name);
  };
  await token(stage);
  await visit('console-clients', '/console/t/default/clients');
  await visit('console-clients-none', '/console/t/default/clients?q=nobody-has-this-name');
  await visit('console-client', '/console/t/default/clients/app');
  await visit('console-client-edit', '/console/t/default/clients/app/edit');
  await submit(page, { redirect_uris: 'not a uri' }, '#save');
  await look('console-client-wrong');
  await visit('console-client-delete', `/console/t/${tenant}/clients/${id}/delete`);
  await go(stage, page, `/console/t/${tenant}/clients/${id}`);
  await press(page, '#renew-secret');
  await press(page, '#confirm');
  await look('console-secret');
  await visit('console-resource-servers', '/console/t/default/resource-servers');
  await visit('console-users', '/console/t/default/users');
  await visit('console-user', '/console/t/default/users/olga');
  await visit('console-sessions', '/console/t/acme/sessions');
  await visit('console-tokens', '/console/t/default/clients/app/tokens');
  await visit('console-issuers', `/console/t/${tenant}/issuers`);
  await visit('console-registration-tokens', `/console/t/${tenant}/registration-tokens`);
  await visit('console-keys', `/console/t/${tenant}/keys`);
  await visit('console-audit', `/console/t/${tenant}/audit`);
  await visit('console-settings', `/console/t/${tenant}/settings`);
  await visit('console-tenants', '/console/tenants?q=town-');
  await inspectors(stage, page, look);
  await visit('console-requests', '/console/requests?endpoint=introspect');
  await press(page, '#requests tbody a');
  await look('console-request');
  await visit('console-not-found', '/console/t/nowhere/clients');
  // Last: by now there is something to plot.
  await visit('console-overview', '/console');
}

async function prepare(stage, { id, tenant }) {
  await call(stage, 'POST', `tenants/${tenant}/clients`, { client_id: id, client_name: 'Shown Once' });
  await call(stage, 'PATCH', `tenants/${tenant}/clients/${id}`, { client_name: 'Renamed', scope: 'read' });
  await call(stage, 'POST', `tenants/${tenant}/issuers`, {
    issuer: `https://${id}.example`,
    jwks_uri: 'https://idp.example/jwks',
    subjects: ['*'],
    scope: 'read',
  });
  await call(stage, 'POST', `tenants/${tenant}/registration-tokens`, { id, uses: 5 });
  for (const compromised of [false, false, true]) {
    await call(stage, 'POST', `tenants/${tenant}/keys/rotate`, { alg: 'ES256', compromised });
  }
  const person = await stage.person();
  await person.page.goto(`${stage.issuer}/t/acme/account`);
  await stage.signIn(person.page, 'ada');
  await person.page.waitForSelector('#sign-out');
}

async function enter(stage, page, look) {
  const issuer = stage.fresh;
  const options = { issuer, administrator: stage.freshAdministrator };
  await go(stage, page, '/console/sign-in');
  await look('console-sign-in');
  await submit(page, { username: `nobody-${Math.random()}`, password: 'guess' }, '#login');
  await look('console-sign-in-wrong');
  const link = await call(stage, 'POST', 'console-links', {}, options);
  await page.goto(link.url);
  await look('console-welcome');
  await go(stage, page, '/console/sign-in');
  await submit(page, { username: 'olga', password: PASSWORD }, '#login');
}

async function inspectors(stage, page, look) {
  const text = await token(stage, { resource: 'https://api.example' });
  await go(stage, page, '/console/inspect');
  await submit(page, { token: text, caller: 'api' }, '#inspect');
  await look('console-inspector');
  await submit(page, { token: text, caller: 'stranger' }, '#inspect');
  await look('console-inspector-inactive');
  const jwt = await token(stage, {}, { ...APP, id: 'jwt-app' });
  await go(stage, page, '/console/assertions');
  await submit(page, { assertion: jwt, client_id: 'app' }, '#check');
  await look('console-assertion');
}

module.exports = {
  async every_console_page_can_be_read_by_everybody(stage) {
    const person = await stage.person({ viewport: DESK });
    const { page } = person;
    await person.context.addInitScript({ content: axe.source });
    const seen = [];
    await walk(stage, page, { id: 'shown', tenant: 'town-020' }, async (name) => {
      await page.waitForSelector('h1');
      await traffic(stage, seen.length);
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
    assert.deepEqual(seen, PAGES);
  },

  async every_console_page_works_without_a_script(stage) {
    const { page } = await stage.person({ javaScriptEnabled: false });
    const seen = [];
    const look = async (name) => {
      await page.waitForSelector('h1');
      seen.push(name);
    };
    await walk(stage, page, { id: 'shown-plain', tenant: 'town-021' }, look);
    assert.deepEqual(seen, PAGES);
    // The menu of a phone opens and closes without one.
    await page.setViewportSize(PHONE);
    await go(stage, page, '/console');
    assert.equal(await page.isVisible('nav'), false);
    await page.click('.bar .menu');
    assert.equal(await page.isVisible('nav'), true);
    await page.click('nav .menu');
    assert.equal(await page.isVisible('nav'), false);
  },
};

// What a server is asked all day: more of it, and less.
async function traffic(stage, round) {
  const text = await token(stage, { resource: 'https://api.example' });
  for (let asked = 0; asked < 1 + ((round * 7) % 5); asked += 1) {
    for (const id of ['api', 'api', 'api', 'stranger']) {
      await stage.call('/oauth2/introspect', { token: text }, { client: { ...API, id } });
    }
    await stage.call('/oauth2/introspect', { token: 'vat_nonsense' }, { client: API });
  }
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
