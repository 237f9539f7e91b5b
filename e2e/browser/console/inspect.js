// The inspectors, live requests, and what is watched.
'use strict';

const assert = require('assert/strict');
const crypto = require('crypto');
const { PASSWORD } = require('../stage');
const { API, APP, call, go, operator, press, send, submit, token } = require('../operators');

module.exports = {
  async a_token_is_explained(stage) {
    const { page } = await operator(stage);
    const text = await token(stage, { resource: 'https://api.example' });
    await go(stage, page, '/console/inspect');
    await submit(page, { token: '' }, '#inspect').catch(() => {});
    // A browser asks for what is required; whoever sends nothing all the same is told.
    await page.locator('#token').evaluate((field) => field.removeAttribute('required'));
    await press(page, '#inspect');
    assert.match(await page.textContent('#failure'), /Paste a token/);
    await submit(page, { token: text, caller: 'api' }, '#inspect');
    assert.match(await page.textContent('#verdict'), /^Active/);
    assert.equal(JSON.parse(await page.textContent('#answer')).client_id, 'app');
    assert.match(await page.textContent('#time-line'), /Issued to client app/);
    assert.ok(!page.url().includes(text), 'never in an address');
    await submit(page, { caller: 'stranger' }, '#inspect');
    assert.equal(await page.textContent('#reason'), 'wrong_audience');
    assert.match(await page.textContent('#why'), /stranger may not know/);
    assert.deepEqual(JSON.parse(await page.textContent('#answer')), { active: false });
    await submit(page, { caller: 'nobody' }, '#inspect');
    assert.match(await page.textContent('#failure'), /no such client/);
    await submit(page, { tenant: 'acme', caller: '' }, '#inspect');
    assert.equal(await page.textContent('#reason'), 'other_tenant');
    await submit(page, { tenant: 'default' }, '#inspect');
    await press(page, '#revoke');
    assert.match(await page.textContent('#done'), /Revoked/);
    assert.equal(await page.textContent('#reason'), 'revoked');
    assert.match(await page.textContent('#time-line'), /Revoked by administrator olga via console/);
    const { active } = await stage.call('/oauth2/introspect', { token: text }, { client: API });
    assert.equal(active, false);
    // What an auditor sees has nothing to press.
    const { page: seen } = await operator(stage, 'otto');
    await go(stage, seen, '/console/inspect');
    await submit(seen, { token: await token(stage) }, '#inspect');
    assert.match(await seen.textContent('#verdict'), /^Active/);
    assert.equal(await seen.locator('#revoke').count(), 0);
  },

  async a_jwt_is_decoded(stage) {
    const { page } = await operator(stage, 'otto');
    const text = await token(stage, {}, { ...APP, id: 'jwt-app' });
    const inspect = async (token) => {
      await go(stage, page, '/console/inspect');
      await submit(page, { token }, '#inspect');
      return page.textContent('#signature');
    };
    assert.match(await inspect(text), /A key of this tenant signed it/);
    assert.equal(JSON.parse(await page.textContent('#claims')).client_id, 'jwt-app');
    const [head, body, signature] = text.split('.');
    const claims = JSON.parse(Buffer.from(body, 'base64url'));
    const forged = Buffer.from(JSON.stringify({ ...claims, scope: 'all' })).toString('base64url');
    assert.match(await inspect(`${head}.${forged}.${signature}`), /did not sign/);
    assert.equal(await page.textContent('#reason'), 'forged');
    const foreign = Buffer.from('{"alg":"ES256","kid":"theirs"}').toString('base64url');
    assert.match(await inspect(`${foreign}.${body}.${signature}`), /another issuer/);
  },

  async an_assertion_is_explained(stage) {
    const { page } = await operator(stage, 'otto');
    const { privateKey, publicKey } = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'ES256', use: 'sig' };
    await call(stage, 'POST', 'tenants/acme/issuers', {
      issuer: 'https://idp.example',
      jwks: { keys: [jwk] },
      subjects: ['ada'],
      scope: 'read',
    });
    const signed = (claims) => {
      const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const text = `${part({ alg: 'ES256', kid: 'one' })}.${part(claims)}`;
      const signature = crypto.sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' });
      return `${text}.${signature.toString('base64url')}`;
    };
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: 'https://idp.example', sub: 'ada', aud: 'https://elsewhere.example', exp: now + 120, jti: 'x' };
    await go(stage, page, '/console/assertions?tenant=acme');
    await submit(page, { assertion: 'nonsense', client_id: 'acme-secret-client' }, '#check');
    assert.match(await page.textContent('#failure'), /no JWT/);
    await submit(page, { assertion: signed(claims) }, '#check');
    assert.match(await page.textContent('#verdict'), /Refused/);
    const row = (claim) => page.locator('#checks tr', { has: page.locator(`th:has-text("${claim}")`) }).textContent();
    assert.match(await row('aud'), /FAILED/);
    assert.match(await row('signature'), /ok/);
    assert.match(await page.textContent('[aria-labelledby=seen]'), /invalid_grant/);
    await submit(page, { assertion: signed({ ...claims, aud: `${stage.issuer}/t/acme` }) }, '#check');
    assert.match(await row('aud'), /ok/);
    assert.match(await page.textContent('#verdict'), /Good/);
  },

  async requests_come_live(stage) {
    const person = await operator(stage);
    const { page } = person;
    await go(stage, page, '/console/requests?reason=expired_not&caller=api');
    assert.equal(await page.locator('#requests tbody tr').count(), 0);
    await go(stage, page, '/console/requests?caller=stranger');
    await page.waitForSelector('#pause:not([hidden])');
    const text = await token(stage, { resource: 'https://api.example' });
    const line = page.locator('#requests tbody tr', { hasText: 'wrong_audience' });
    // Of many requests in one second a server keeps some.
    for (let tries = 0; tries < 10 && !(await line.count()); tries += 1) {
      await stage.call('/oauth2/introspect', { token: text }, { client: { ...API, id: 'stranger' } });
      await page.waitForTimeout(1000);
    }
    await line.first().waitFor();
    assert.match(await line.first().textContent(), /POST \/oauth2\/introspect/);
    await page.click('#pause');
    assert.equal(await page.textContent('#live-state'), 'Paused');
    await Promise.all([page.waitForNavigation(), line.first().locator('a').click()]);
    assert.match(await page.inputValue('#curl'), /^curl -sSg? -X POST/);
    const shown = await page.content();
    for (const secret of [text, API.secret]) assert.ok(!shown.includes(secret), 'no secret is kept');
    await press(page, '#explain');
    assert.equal(await page.inputValue('#caller'), 'stranger');
    // Outside a sandbox nothing is sent again.
    const list = await send(person, 'GET', `${stage.issuer}/console/requests.json`);
    const [newest] = JSON.parse(list.text).items.slice(-1);
    assert.equal((await go(stage, page, `${newest.to}/replay`)).status(), 404);
    assert.equal((await go(stage, page, '/console/requests/0000000000000000')).status(), 404);
    assert.match(await page.textContent('#error-description'), /not kept any more/);
  },

  async a_request_is_sent_again_in_a_sandbox(stage) {
    const { page } = await stage.person({ viewport: { width: 1280, height: 800 } });
    const issuer = stage.sandbox;
    await page.goto(`${issuer}/console/sign-in`);
    await submit(page, { username: 'admin', password: 'admin' }, '#login');
    assert.equal(await page.textContent('#sandbox'), 'sandbox', 'nobody takes it for the real one');
    const client = { id: 'demo-api', secret: 'demo-api-secret' };
    const form = { grant_type: 'client_credentials', resource: 'https://orders.example' };
    const demo = { id: 'demo-app', secret: 'demo-secret' };
    const { access_token: text } = await stage.call('/oauth2/token', form, { client: demo, issuer });
    await stage.call('/oauth2/introspect', { token: 'vat_nonsense' }, { client, issuer });
    await page.goto(`${issuer}/console/requests?reason=malformed`);
    await press(page, '#requests tbody a');
    await press(page, '#replay');
    // What was a secret is not there: it is filled in, and may be another one.
    const fields = page.locator('main form input[type=text]');
    assert.equal(await fields.nth(0).inputValue(), '');
    await fields.nth(0).fill(client.secret);
    await fields.nth(1).fill(text);
    await press(page, '#send');
    assert.equal(await page.textContent('#replayed'), '200');
    assert.equal(JSON.parse(await page.textContent('#replay-answer')).active, true);
    await page.locator('main form input[type=text]').nth(0).fill('wrong');
    await press(page, '#send');
    assert.equal(await page.textContent('#replayed'), '401');
  },

  async requests_are_listed_without_a_script(stage) {
    const { page } = await operator(stage, 'otto', { javaScriptEnabled: false });
    const count = () => page.locator('#requests tbody tr').count();
    await go(stage, page, '/console/requests?reason=malformed&caller=stranger');
    const before = await count();
    for (let tries = 0; tries < 10 && (await count()) === before; tries += 1) {
      await stage.call('/oauth2/introspect', { token: 'vat_nonsense' }, { client: { ...API, id: 'stranger' } });
      await press(page, '#reload');
    }
    assert.equal(await count(), before + 1);
    assert.equal(await page.locator('#pause:not([hidden])').count(), 0, 'nothing that cannot work');
  },

  async keys_are_rotated(stage) {
    const { page } = await operator(stage);
    const keys = () => page.locator('table.keys tbody tr').count();
    await go(stage, page, '/console/t/town-002/keys');
    assert.match(await page.textContent('#empty'), /no keys yet/);
    await press(page, '#rotate');
    assert.match(await page.textContent('#notice'), /new key/);
    assert.equal(await keys(), 1);
    await press(page, '#rotate');
    assert.equal(await keys(), 2);
    assert.ok((await page.locator('.line-of-keys rect[class^=bar-] title').count()) >= 2);
    assert.match(await page.textContent('table.keys'), /announced/);
    await press(page, '#compromised');
    assert.match(await page.textContent('.lead'), /inactive at once/);
    await press(page, '#confirm');
    assert.match(await page.textContent('table.keys'), /revoked/);
    await go(stage, page, '/console/t/town-002/keys');
    await page.locator('#alg').evaluate((field) => {
      field.options[0].value = 'none';
    });
    await press(page, '#rotate');
    assert.match(await page.textContent('#error-description'), /not known/);
  },

  async the_audit_trail_tells_what_changed(stage) {
    const { page } = await operator(stage);
    await call(stage, 'POST', 'tenants/town-003/clients', { client_id: 'watched', client_name: 'Before' });
    await go(stage, page, '/console/t/town-003/clients/watched/edit');
    await submit(page, { client_name: 'After' }, '#save');
    await go(stage, page, '/console/t/town-003/audit');
    const newest = page.locator('article').first();
    assert.match(await newest.textContent(), /olga via console: update client watched/);
    assert.equal(await newest.locator('.was').textContent(), 'Before');
    assert.equal(await newest.locator('.is').textContent(), 'After');
    await go(stage, page, '/console/audit');
    assert.ok((await page.locator('article').count()) > 1);
    await press(page, 'main #next');
    await press(page, 'main #first');
    await press(page, '#check');
    assert.match(await page.textContent('#notice'), /The trail is whole: \d+ entries/);
    assert.equal((await go(stage, page, '/console/t/nowhere/audit')).status(), 404);
  },

  async sessions_and_tokens_are_ended(stage) {
    const { page } = await operator(stage);
    const person = await stage.person();
    await person.page.goto(`${stage.issuer}/t/acme/account`);
    await stage.signIn(person.page, 'grace');
    await person.page.waitForSelector('#sign-out');
    await go(stage, page, '/console/t/acme/sessions?username=grace');
    assert.equal(await page.locator('tbody tr').count(), 1);
    await go(stage, page, '/console/t/acme/users/grace/sessions');
    await press(page, 'main td button');
    assert.match(await page.textContent('#notice'), /over/);
    await person.page.goto(`${stage.issuer}/t/acme/account`);
    assert.equal(await person.page.locator('#login').count(), 1, 'signed out');
    // Tokens of a client, and the end of all of them.
    const text = await token(stage, {}, { ...APP, id: 'acme-secret-client' }, '/t/acme');
    await go(stage, page, '/console/t/acme/clients/acme-secret-client/tokens');
    assert.ok(!(await page.content()).includes(text));
    assert.match(await page.textContent('tbody'), /active/);
    await go(stage, page, '/console/t/acme/clients/acme-secret-client');
    await press(page, '#revoke-tokens');
    await press(page, '#confirm');
    await go(stage, page, '/console/t/acme/clients/acme-secret-client/tokens');
    assert.match(await page.textContent('tbody'), /cut off/);
    const none = await go(stage, page, '/console/t/acme/sessions?username=nobody');
    assert.equal(none.status(), 404);
  },

  async the_overview_plots_what_happens(stage) {
    const { page } = await operator(stage, 'otto');
    await stage.call('/oauth2/introspect', { token: 'vat_nonsense' }, { client: API });
    const plotted = async () => {
      await go(stage, page, '/console');
      return page.locator('#reasons').locator('xpath=..').locator('svg[role=img]').count();
    };
    for (let tries = 0; tries < 60 && !(await plotted()); tries += 1) {
      await new Promise((done) => setTimeout(done, 500));
      await stage.call('/oauth2/introspect', { token: 'vat_nonsense' }, { client: API });
    }
    assert.equal(await plotted(), 1, 'a sample is taken every five seconds');
    assert.match(await page.textContent('#reasons-desc'), /malformed/);
    assert.ok((await page.locator('.plot details tbody tr').count()) > 0, 'the same as a table');
    assert.match(await page.textContent('.figures'), /Introspections/);
    await press(page, '#day');
    assert.equal(await page.locator('#minutes').count(), 1);
  },
};
