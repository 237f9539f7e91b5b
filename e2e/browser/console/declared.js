// What is declared: made, looked for, changed and ended, on the pages of each kind.
'use strict';

const assert = require('assert/strict');
const { call, go, operator, press, submit } = require('../operators');

const error = (page, field) => page.textContent(`#${field}-error`);

module.exports = {
  async clients_are_made_changed_and_deleted(stage) {
    const { page } = await operator(stage);
    await go(stage, page, '/console/t/acme/new/clients');
    const typed = { client_id: 'made-here', client_name: 'Made Here', redirect_uris: 'https://a.example/cb\nnot a uri' };
    await submit(page, typed, '#save');
    assert.match(await error(page, 'redirect_uris'), /cannot be registered/);
    assert.equal(await page.inputValue('#client_name'), 'Made Here', 'what was typed is there still');
    await submit(page, { redirect_uris: 'https://a.example/cb', rest: '{"contacts": ["a@example.com"]}' }, '#save');
    const first = await page.inputValue('#shown-once');
    assert.match(first, /^vcs_/);
    await press(page, 'main a.button');
    assert.equal(await page.textContent('h1'), 'made-here');
    assert.ok(!(await page.content()).includes(first), 'shown once');
    // Two at once: who comes second learns that it has changed.
    const { page: second } = await operator(stage);
    for (const one of [page, second]) await go(stage, one, '/console/t/acme/clients/made-here/edit');
    await submit(page, { client_name: 'Changed', scope: 'read\nwrite' }, '#save');
    assert.match(await page.textContent('#notice'), /Saved/);
    await submit(second, { client_name: 'Changed Otherwise' }, '#save');
    assert.match(await second.textContent('#form-error'), /Somebody else/);
    await go(stage, page, '/console/t/acme/clients/made-here');
    const facts = await page.textContent('dl.facts');
    assert.match(facts, /Changed/);
    assert.doesNotMatch(facts, /Otherwise/);
    assert.match(facts, /a@example.com/);
    await press(page, '#renew-secret');
    await press(page, '#confirm');
    const renewed = await page.inputValue('#shown-once');
    assert.match(renewed, /^vcs_/);
    assert.notEqual(renewed, first);
    await press(page, 'main a.button');
    await press(page, '#disable');
    await press(page, '#confirm');
    assert.match(await page.textContent('.tags'), /disabled/);
    await press(page, '#enable');
    assert.match(await page.textContent('.tags'), /enabled/);
    await press(page, 'a.danger');
    assert.match(await page.textContent('.lead'), /cannot be undone/);
    await press(page, '#confirm');
    assert.match(await page.textContent('#notice'), /Deleted/);
    const gone = await go(stage, page, '/console/t/acme/clients/made-here');
    assert.equal(gone.status(), 404);
    assert.match(await page.textContent('#advice'), /deleted/);
  },

  async clients_are_filtered_and_dealt_with_in_bulk(stage) {
    const { page } = await operator(stage);
    for (const id of ['bulk-a', 'bulk-b', 'bulk-c']) {
      await call(stage, 'POST', 'tenants/crowd/clients', {
        client_id: id,
        client_name: 'Of Many',
        grant_types: ['client_credentials'],
        scope: id === 'bulk-c' ? 'special' : 'plain',
        redirect_uris: [`https://${id}.example/cb`],
      });
    }
    const ids = () => page.locator('tbody th').allTextContents();
    const filtered = async (query) => {
      await go(stage, page, `/console/t/crowd/clients?${new URLSearchParams(query)}`);
      return ids();
    };
    assert.deepEqual(await filtered({ q: 'OF MANY' }), ['bulk-a', 'bulk-b', 'bulk-c']);
    assert.deepEqual(await filtered({ scope: 'special' }), ['bulk-c']);
    assert.deepEqual(await filtered({ redirect_host: 'bulk-b.example' }), ['bulk-b']);
    assert.deepEqual(await filtered({ source: 'registered' }), []);
    assert.match(await page.textContent('#empty'), /No client/);
    const { token } = await call(stage, 'POST', 'tenants/crowd/registration-tokens', { uses: 1 });
    const place = `${stage.issuer.replace('//as.localhost:', '//127.0.0.1:')}/t/crowd/oauth2/register`;
    const registered = await fetch(place, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ client_name: 'Self Made', redirect_uris: ['https://self.example/cb'] }),
    });
    const { client_id: own } = await registered.json();
    assert.deepEqual(await filtered({ source: 'registered' }), [own]);
    assert.match(await page.textContent('tbody'), /registered itself/);
    assert.deepEqual(await filtered({ unused_for_days: '1' }), []);
    assert.deepEqual(await filtered({ unused_for_days: '0', grant: 'client_credentials', q: 'bulk' }), ['bulk-a', 'bulk-b', 'bulk-c']);
    assert.deepEqual(await filtered({ source: 'api', q: 'bulk' }), ['bulk-a', 'bulk-b', 'bulk-c']);
    assert.deepEqual(await filtered({ unused_for_days: 'many' }), []);
    assert.match(await page.textContent('#notice'), /whole number/, 'a filter that means nothing');
    // More than one page.
    await go(stage, page, '/console/t/crowd/clients?grant=client_credentials');
    const first = await ids();
    await press(page, 'main #next');
    assert.equal((await ids()).filter((id) => first.includes(id)).length, 0);
    await press(page, 'main #first');
    assert.deepEqual(await ids(), first);
    // Several at once, and nothing before it is confirmed.
    await filtered({ q: 'bulk' });
    await press(page, '#bulk-disable');
    assert.match(await page.textContent('#error-description'), /Nothing is selected/);
    await filtered({ q: 'bulk' });
    for (const id of ['bulk-a', 'bulk-b']) await page.check(`input[value="${id}"]`);
    await press(page, '#bulk-disable');
    assert.deepEqual(await page.locator('.items code').allTextContents(), ['bulk-a', 'bulk-b']);
    assert.deepEqual((await call(stage, 'GET', 'tenants/crowd/clients/bulk-a')).disabled, false);
    await press(page, '#confirm');
    assert.deepEqual(await filtered({ enabled: 'false' }), ['bulk-a', 'bulk-b']);
    for (const id of ['bulk-a', 'bulk-b']) await page.check(`input[value="${id}"]`);
    await press(page, '#bulk-delete');
    await call(stage, 'DELETE', 'tenants/crowd/clients/bulk-b');
    await press(page, '#confirm');
    assert.match(await page.textContent('#error-description'), /bulk-b/, 'somebody was faster');
    assert.deepEqual(await filtered({ q: 'bulk' }), ['bulk-c']);
  },

  async everything_else_is_declared_by_the_same_forms(stage) {
    const { page } = await operator(stage);
    const make = async (noun, wrong, field, right) => {
      await go(stage, page, `/console/t/town-001/new/${noun}`);
      await submit(page, wrong, '#save');
      assert.ok(await error(page, field), `${noun} ${field}`);
      await submit(page, right, '#save');
    };
    await make('resource-servers', { id: '' }, 'id', { id: 'api-1', audiences: 'https://api-1.example' });
    assert.match(await page.inputValue('#shown-once'), /^vcs_|^vrs_|^v/);
    await make('users', { username: 'u', rest: '{' }, 'rest', { username: 'u', password: 'long enough', email: 'u@example.com', rest: '' });
    assert.equal(await page.textContent('h1'), 'u');
    assert.match(await page.textContent('dl.facts'), /u@example.com/);
    const issuer = 'https://issuer.example/a?b';
    await make('issuers', { issuer, jwks_uri: '', subjects: '*', scope: 'read' }, 'jwks_uri', { jwks_uri: 'https://issuer.example/jwks' });
    assert.equal(await page.textContent('h1'), issuer, 'whatever is in an id');
    await make('registration-tokens', { uses: 'many' }, 'uses', { uses: '3' });
    assert.match(await page.inputValue('#shown-once'), /^vit_/);
    await make('api-tokens', { username: 'nobody' }, 'username', { username: 'u', scope: 'read' });
    assert.match(await page.inputValue('#shown-once'), /^vap_/);
    // A user's page leads on, and changes what one changes of users.
    await go(stage, page, '/console/t/town-001/users/u/edit');
    await submit(page, { name: 'You', locked: true }, '#save');
    assert.match(await page.textContent('.tags'), /locked/);
    for (const noun of ['resource-servers', 'users', 'issuers', 'registration-tokens', 'api-tokens']) {
      await go(stage, page, `/console/t/town-001/${noun}`);
      assert.equal(await page.locator('tbody tr').count(), 1, noun);
    }
    // Tenants.
    await go(stage, page, '/console/tenants/new');
    await submit(page, { id: 'no such id' }, '#save');
    assert.match(await error(page, 'id'), /letters/);
    await submit(page, { id: 'made-tenant' }, '#save');
    assert.equal(await page.textContent('h1'), 'made-tenant');
    await go(stage, page, '/console/t/made-tenant/settings/edit');
    const policy = JSON.parse(await page.inputValue('#rest'));
    policy.policy.access_token_ttl_seconds = 60;
    await submit(page, { rest: JSON.stringify(policy) }, '#save');
    const told = await call(stage, 'GET', 'tenants/made-tenant');
    assert.equal(told.policy.access_token_ttl_seconds, 60);
    await press(page, 'a.danger');
    await press(page, '#confirm');
    assert.equal((await go(stage, page, '/console/t/made-tenant/settings')).status(), 404);
  },

  async tenants_are_found_by_their_beginning(stage) {
    const { page } = await operator(stage, 'otto');
    await go(stage, page, '/console/tenants?q=town-');
    const first = await page.locator('tbody th').allTextContents();
    assert.equal(first.length, 40);
    await press(page, 'main #next');
    await press(page, 'main #next');
    const third = await page.locator('tbody th').allTextContents();
    assert.deepEqual([third[0], third.at(-1)], ['town-080', 'town-119']);
    assert.equal(await page.locator('main #next').count(), 0);
    await go(stage, page, '/console/tenants?q=no-such');
    assert.match(await page.textContent('#empty'), /begins/);
    // By its whole id one goes there, from any page.
    await submit2(page, 'town-042');
    assert.equal(new URL(page.url()).pathname, '/console/t/town-042/clients');
    await submit2(page, 'town-04');
    assert.equal(await page.locator('tbody tr').count(), 10);
    // As quick as if there were ten.
    for (const query of ['', '?q=city-09', '?q=city-09999', '?q=city-&after=city-09990', '?q=d']) {
      const started = Date.now();
      await go(stage, page, `/console/tenants${query}`);
      assert.ok(Date.now() - started < 3000, `${query} took ${Date.now() - started} ms among ${stage.cities}`);
    }
    assert.equal(await page.locator('tbody tr').count(), 1);
    const nowhere = await go(stage, page, '/console/t/nowhere/clients');
    assert.equal(nowhere.status(), 404);
    assert.match(await page.textContent('#error-description'), /no such tenant/);
  },
};

async function submit2(page, id) {
  await page.fill('#tenant-search', id);
  await press(page, '.switch button');
}
