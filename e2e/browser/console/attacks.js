// What somebody tries who wants into the console, or further than his role.
'use strict';

const assert = require('assert/strict');
const { PASSWORD } = require('../stage');
const { call, csrf, go, operator, send, signIn, submit } = require('../operators');

// Each would show in the page's elements, or in what the browser blocks.
const PROBES = [
  `<script>alert(1)</script>"><script>alert(1)</script>'><img src=x onerror=alert(1)></title><script>alert(1)</script>`,
  `</textarea><script>alert(1)</script></option></select></datalist><img src=x onerror=alert(1)>--><svg onload=alert(1)>`,
  `" autofocus onfocus=alert(1) x="<iframe srcdoc="<script>alert(1)</script>"><base href=//evil.localhost/></summary></pre>`,
  `<meta http-equiv=refresh content="0;url=//evil.localhost"><style>@import "//evil.localhost/x"</style>{{1+1}}\${alert(1)}`,
];

// The console's routes with every hole filled, and what is sent there.
function routes(stage, { tenant = 'default', id = 'app', noun = 'clients' } = {}) {
  return stage.routes.map((line) => {
    const [method, path, access] = line.split(' ');
    const filled = path
      .replace('{tenant}', encodeURIComponent(tenant))
      .replace('{noun}', noun)
      .replace('{id}', encodeURIComponent(id));
    return { method, path, access, url: `${stage.issuer}${filled}` };
  });
}

// What administrators see of everything that could be changed.
async function everything(stage) {
  const all = {};
  for (const tenant of ['default', 'acme']) {
    for (const noun of ['clients', 'users', 'resource-servers', 'issuers', 'registration-tokens', 'keys']) {
      const { items } = await call(stage, 'GET', `tenants/${tenant}/${noun}`);
      // Other stories are told meanwhile, in tenants of their own or with things of their own.
      all[`${tenant} ${noun}`] = items
        .filter(({ client_id, issuer }) => !/^made-|^shown/.test(client_id ?? '') && issuer !== 'https://idp.example')
        .map(({ last_used, ...item }) => item);
    }
  }
  return all;
}

module.exports = {
  async sec_193_no_console_session_is_fixed_beforehand(stage) {
    const person = await operator(stage, 'otto');
    const cookie = async (of) => {
      const cookies = await of.context.cookies();
      return cookies.find(({ name }) => name === '__Host-vidimus-console');
    };
    const planted = await cookie(person);
    const victim = await stage.person();
    await victim.context.addCookies([planted]);
    await signIn(victim.page, stage.issuer, 'olga');
    const own = await cookie(victim);
    assert.notEqual(own.value, planted.value, 'another session than the one that was planted');
    // The planted one has ended with that: nobody shares it.
    assert.equal((await go(stage, person.page, '/console')).status(), 403);
    await victim.page.click('#sign-out');
    await victim.page.waitForSelector('#login');
    const late = await stage.person();
    await late.context.addCookies([own]);
    const answer = await send(late, 'GET', `${stage.issuer}/console`);
    assert.equal(answer.status, 403, 'what is over stays over');
  },

  async sec_194_forms_from_elsewhere_change_nothing(stage) {
    const person = await operator(stage);
    const { page } = person;
    await go(stage, page, '/console/t/default/clients/app');
    const token = await csrf(page);
    const other = await operator(stage);
    await go(stage, other.page, '/console');
    const foreign = await csrf(other.page);
    const before = await everything(stage);
    const url = `${stage.issuer}/console/t/default/clients/app/act`;
    const good = { csrf: token, action: 'disable', confirm: 'yes' };
    const attempts = [
      { form: { ...good, csrf: '' } },
      { form: { ...good, csrf: foreign } },
      { form: { ...good, csrf: `${token}x` } },
      { form: good, headers: { origin: stage.evil } },
      { form: good, headers: { 'sec-fetch-site': 'cross-site' } },
      { form: good, headers: { 'sec-fetch-site': 'same-site' } },
    ];
    for (const attempt of attempts) {
      const answer = await send(person, 'POST', url, attempt);
      assert.equal(answer.status, 403, JSON.stringify(attempt));
    }
    const data = new URLSearchParams(good).toString();
    const text = await send(person, 'POST', url, { data, headers: { 'content-type': 'text/plain' } });
    assert.equal(text.status, 403);
    for (const name of ['x-http-method-override', '_method']) {
      const answer = await send(person, 'GET', `${url}?${new URLSearchParams({ ...good, [name]: 'POST' })}`, {
        headers: { 'x-http-method-override': 'POST' },
      });
      assert.equal(answer.status, 405);
    }
    // As browsers send it from the page of another site: without the cookie.
    const form = Object.entries(good).map(([name, value]) => `<input name="${name}" value="${value}">`);
    const html = `<!doctype html><title>x</title><form method=post action="${url}">${form.join('')}<button>x`;
    await page.goto(stage.client.shows(stage.evil, html));
    await Promise.all([page.waitForNavigation(), page.click('button')]);
    assert.match(await page.textContent('#error-code'), /access_denied/);
    assert.deepEqual(await everything(stage), before);
  },

  async sec_194_looking_changes_nothing(stage) {
    const person = await operator(stage, 'wanda');
    const before = await everything(stage);
    const trail = async () => {
      const { items } = await call(stage, 'GET', 'audit?limit=1000');
      return items.filter(({ by }) => by === 'wanda via console').length;
    };
    const known = await trail();
    for (const { method, url } of routes(stage)) {
      if (method !== 'GET') continue;
      const answer = await send(person, 'GET', `${url}?action=delete&confirm=yes&disable=1`);
      assert.ok(answer.status < 500, `${url} ${answer.status}`);
    }
    assert.deepEqual(await everything(stage), before);
    assert.equal(await trail(), known, 'no entry says that anything was changed');
  },

  async sec_195_no_console_sign_in_from_another_page(stage) {
    const person = await stage.person();
    const { page } = person;
    const url = `${stage.issuer}/console/sign-in`;
    await page.goto(url);
    const token = await csrf(page);
    const good = { username: 'olga', password: PASSWORD, csrf: token };
    const other = await stage.person();
    await other.page.goto(url);
    const attempts = [
      [person, { ...good, csrf: 'x' }, {}],
      [person, { ...good, csrf: '' }, {}],
      [person, { ...good, csrf: await csrf(other.page) }, {}],
      [person, good, { 'sec-fetch-site': 'cross-site' }],
      [person, good, { origin: stage.evil }],
    ];
    for (const [who, form, headers] of attempts) {
      const answer = await send(who, 'POST', url, { form, headers });
      assert.equal(answer.status, 403, JSON.stringify([form, headers]));
      assert.ok(!`${answer.headers['set-cookie']}`.includes('vidimus-console='), 'nobody is signed in');
    }
    const html = Object.entries(good).map(([name, value]) => `<input name="${name}" value="${value}">`);
    await page.goto(stage.client.shows(stage.evil, `<!doctype html><title>x</title><form method=post action="${url}">${html.join('')}<button>x`));
    await Promise.all([page.waitForNavigation(), page.click('button')]);
    assert.equal(await page.textContent('#error-code'), 'access_denied');
    assert.equal((await send(person, 'POST', url, { form: good })).status, 303, 'by its own page it goes');
  },

  async sec_196_no_console_page_can_be_framed(stage) {
    const person = await operator(stage);
    person.expectsComplaints = true;
    const { page } = person;
    for (const path of ['/console', '/console/sign-in', '/console/t/default/clients/app/delete', '/console/nowhere']) {
      // Another site, and another server of the same host, to which the browser sends our cookies.
      for (const site of [stage.evil, stage.neighbour]) {
        const html = `<!doctype html><title>x</title><iframe src="${stage.issuer}${path}"></iframe>`;
        await page.goto(stage.client.shows(site, html));
        const [, frame] = page.frames();
        await frame.waitForLoadState();
        assert.equal(frame.url(), 'chrome-error://chromewebdata/', `${path} in ${site}`);
      }
    }
  },

  async sec_198_every_console_answer_has_its_headers(stage) {
    const person = await operator(stage);
    const stranger = await stage.person();
    const checked = [];
    for (const who of [person, stranger]) {
      const more = ['nowhere', `tenants?q=${'x'.repeat(500)}`];
      const others = more.map((path) => ({ method: 'GET', url: `${stage.issuer}/console/${path}` }));
      for (const { method, url } of [...routes(stage), ...others]) {
        const answer = await send(who, method, url, method === 'POST' ? { form: {} } : {});
        const { 'content-security-policy': policy = '', ...headers } = answer.headers;
        const where = `${method} ${url} ${answer.status}`;
        assert.equal(headers['cache-control'], 'no-store', where);
        assert.equal(headers['referrer-policy'], 'no-referrer', where);
        assert.equal(headers['x-content-type-options'], 'nosniff', where);
        assert.equal(headers['cross-origin-opener-policy'], 'same-origin', where);
        assert.match(headers['strict-transport-security'], /max-age=63072000/, where);
        assert.equal(headers.server, undefined);
        assert.match(policy, /frame-ancestors 'none'/, where);
        if (!/text\/html/.test(headers['content-type'])) continue;
        checked.push(answer.status);
        assert.equal(headers['x-frame-options'], 'DENY', where);
        assert.match(headers['permissions-policy'], /camera=\(\)/, where);
        for (const part of ["default-src 'none'", "base-uri 'none'", "form-action 'self'", "require-trusted-types-for 'script'"]) {
          assert.ok(policy.split('; ').includes(part), `${where}: ${policy}`);
        }
        assert.doesNotMatch(policy, /unsafe|\*|https?:/, where);
        const isLive = new URL(url).pathname === '/console/requests' && answer.status === 200;
        assert.equal(/script-src/.test(policy), isLive, `${where}: ${policy}`);
      }
    }
    for (const status of [200, 400, 403, 404]) assert.ok(checked.includes(status), `no ${status}`);
  },

  async sec_197_markup_that_is_stored_stays_text(stage) {
    const person = await operator(stage);
    const { page } = person;
    const tenant = 'town-010';
    for (const [at, probe] of PROBES.entries()) {
      await call(stage, 'POST', `tenants/${tenant}/clients`, {
        client_id: `${at}${probe}`,
        client_name: probe,
        contacts: [probe],
        software_id: probe,
        owner: probe,
        grant_types: ['client_credentials'],
      });
      const user = { username: `${at}${probe}`, name: probe, email: probe, roles: [probe] };
      await call(stage, 'POST', `tenants/${tenant}/users`, user);
      await call(stage, 'POST', `tenants/${tenant}/resource-servers`, { id: `rs${at}${probe}`, audiences: [`x:${probe}`] }).catch(() => {});
      await call(stage, 'POST', `tenants/${tenant}/registration-tokens`, { id: `${at}${probe}` });
    }
    await call(stage, 'PATCH', `tenants/${tenant}`, { look: { name: PROBES[0].slice(0, 70) } });
    const paths = ['clients', 'users', 'resource-servers', 'registration-tokens', 'settings', 'settings/edit', 'audit'];
    const all = paths.map((path) => `/console/t/${tenant}/${path}`);
    all.push('/console/tenants?q=town-010', '/console/audit', '/console/requests');
    for (const [at, probe] of PROBES.entries()) {
      const id = encodeURIComponent(`${at}${probe}`);
      for (const noun of ['clients', 'users']) {
        for (const rest of ['', '/edit', '/delete', '/tokens']) all.push(`/console/t/${tenant}/${noun}/${id}${rest}`);
      }
      const said = encodeURIComponent(probe);
      all.push(`/console/t/${tenant}/clients?q=${said}&redirect_host=${said}&scope=${said}`, `/console/t/${tenant}/clients?after=${said}`);
      all.push(`/console/requests?reason=${said}&caller=${said}`, `/console/inspect?tenant=${said}&caller=${said}`);
      all.push(`/console/tenants?q=${said}`, `/console/t/${said}/clients`, `/console?done=${said}&span=${said}`);
      all.push(`/console/requests/${said}`);
    }
    for (const path of all) {
      await go(stage, page, path);
      await harmless(page, path);
    }
    // What is typed, and shown again.
    for (const probe of PROBES) {
      await go(stage, page, '/console/inspect');
      await submit(page, { token: probe, caller: probe, tenant: probe }, '#inspect');
      await harmless(page, probe);
      await submit(page, { token: probe, caller: '', tenant: 'default' }, '#inspect');
      await harmless(page, probe);
      await go(stage, page, `/console/t/${tenant}/new/clients`);
      await submit(page, { client_name: probe, redirect_uris: probe, rest: probe }, '#save');
      assert.equal(await page.inputValue('#client_name'), probe);
      await harmless(page, probe);
    }
    // A caller's own name, in the list that comes live.
    await go(stage, page, '/console/requests');
    await page.waitForSelector('#pause:not([hidden])');
    const client = { id: PROBES[0], secret: 'x' };
    await stage.call('/oauth2/introspect', { token: 'vat_nonsense' }, { client });
    await page.waitForTimeout(2500);
    await harmless(page, 'live');
    assert.deepEqual(person.executed, []);
    assert.deepEqual(person.complaints, []);
  },

  async sec_200_the_console_cookie_is_ours_alone(stage) {
    const person = await operator(stage);
    const cookies = await person.context.cookies();
    const cookie = cookies.find(({ name }) => name === '__Host-vidimus-console');
    assert.equal(cookie.httpOnly, true);
    assert.equal(cookie.secure, true);
    assert.equal(cookie.sameSite, 'Strict');
    assert.equal(cookie.path, '/');
    assert.equal(cookie.expires, -1, 'it goes with the browser');
    assert.match(cookie.value, /^vos_\w{40,}$/, 'nothing but a handle');
    // No script of any page sees it, and no other name of it counts.
    assert.doesNotMatch(await person.page.evaluate(() => document.cookie), /console/);
    const other = await stage.person();
    for (const name of ['vidimus-console', '__Secure-vidimus-console']) {
      await other.context.addCookies([{ ...cookie, name }]);
    }
    assert.equal((await send(other, 'GET', `${stage.issuer}/console`)).status, 403);
    // A session of a user's is none of an operator's, and the other way round.
    const user = await stage.person();
    await user.page.goto(`${stage.issuer}/account`);
    await stage.signIn(user.page, 'olga');
    await user.page.waitForSelector('#sign-out');
    assert.equal((await go(stage, user.page, '/console')).status(), 403);
    await go(stage, person.page, '/account');
    assert.equal(await person.page.locator('#username').count(), 1);
  },

  async sec_208_a_foreign_id_is_not_there(stage) {
    const person = await operator(stage);
    await go(stage, person.page, '/console');
    const token = await csrf(person.page);
    const before = await everything(stage);
    // What is acme's, under the names of tenants that are not acme.
    const foreign = [
      { tenant: 'default', noun: 'clients', id: 'acme-secret-client' },
      { tenant: 'default', noun: 'users', id: 'ada' },
      { tenant: 'default', noun: 'resource-servers', id: 'acme-api' },
      { tenant: 'nowhere', noun: 'clients', id: 'acme-secret-client' },
      // Of the same tenant, and of another kind.
      { tenant: 'acme', noun: 'users', id: 'acme-secret-client' },
      { tenant: 'acme', noun: 'clients', id: 'acme-api' },
    ];
    let tried = 0;
    for (const of of foreign) {
      for (const { method, path, url } of routes(stage, of)) {
        if (!path.includes('{noun}/{id}')) continue;
        const isForm = method === 'POST';
        const form = { csrf: token, confirm: 'yes', action: 'disable', client_name: 'x', version: '1' };
        const answer = await send(person, method, url, isForm ? { form } : {});
        const where = `${method} ${url}`;
        assert.equal(answer.status, 404, where);
        const body = answer.text;
        for (const secret of ['Of Acme Alone', 'Ada Lovelace', 'https://acme.example']) {
          assert.ok(!body.includes(secret), `${where} tells ${secret}`);
        }
        tried += 1;
      }
    }
    assert.ok(tried >= foreign.length * 8, `${tried}`);
    const bulk = { csrf: token, confirm: 'yes', action: 'delete', 'pick.1': 'acme-secret-client' };
    const answer = await send(person, 'POST', `${stage.issuer}/console/t/default/bulk/clients`, { form: bulk });
    assert.equal(answer.status, 409, 'not done');
    assert.deepEqual(await everything(stage), before);
  },

  async sec_209_each_role_may_what_the_table_says(stage) {
    const before = await everything(stage);
    const auditor = await operator(stage, 'otto');
    await go(stage, auditor.page, '/console');
    const token = await csrf(auditor.page);
    for (const { method, path, access, url } of routes(stage)) {
      if (path === '/console/sign-out') continue;
      const form = { csrf: token, confirm: 'yes', action: 'delete', roles: 'admin', username: 'otto', token: 'x' };
      const answer = await send(auditor, method, url, method === 'POST' ? { form } : {});
      const where = `${method} ${path} ${access} ${answer.status}`;
      if (access === 'admin') assert.equal(answer.status, 403, where);
      else if (access === 'auditor') assert.notEqual(answer.status, 403, where);
    }
    // Nobody makes himself more than he is.
    for (const url of ['users/otto/edit', 'users/otto/act', 'new/users', 'bulk/users']) {
      const form = { csrf: token, confirm: 'yes', roles: 'admin', username: 'mallory', password: PASSWORD };
      const answer = await send(auditor, 'POST', `${stage.issuer}/console/t/default/${url}`, { form });
      assert.equal(answer.status, 403, url);
    }
    assert.deepEqual(await everything(stage), before);
  },

  async sec_210_nobody_is_let_in_without_a_session(stage) {
    const before = await everything(stage);
    const open = ['/console/sign-in', '/console/welcome/{id}'];
    const stranger = await stage.person();
    const user = await stage.person();
    await user.page.goto(`${stage.issuer}/account`);
    await stage.signIn(user.page, 'eve');
    for (const who of [stranger, user]) {
      for (const { method, path, url } of routes(stage)) {
        const form = { confirm: 'yes', action: 'delete', csrf: 'x' };
        const answer = await send(who, method, url, method === 'POST' ? { form } : {});
        const where = `${method} ${path} ${answer.status}`;
        if (open.includes(path)) assert.notEqual(answer.status, 500, where);
        else assert.equal(answer.status, 403, where);
        assert.doesNotMatch(answer.text, /Order Desk|many-000/, where);
      }
      assert.equal((await send(who, 'GET', `${stage.issuer}/console/nowhere`)).status, 403, 'nor what there is');
    }
    assert.deepEqual(await everything(stage), before);
  },

  async sec_212_searches_are_bounded(stage) {
    const person = await operator(stage, 'otto');
    const long = 'x'.repeat(5000);
    for (const path of [`t/default/clients?q=${long}`, `tenants?q=${long}`, `t/default/clients?after=${long}`]) {
      const answer = await send(person, 'GET', `${stage.issuer}/console/${path}`);
      assert.equal(answer.status, 400, path.slice(0, 40));
    }
    const huge = await send(person, 'GET', `${stage.issuer}/console/tenants?q=${'x'.repeat(10240)}`);
    assert.equal(huge.status, 414);
    const values = ['0', '-1', '2147483648', '1000000000', "' OR 1=1 --", '%', '_', '(a+)+$'];
    for (const value of values) {
      for (const name of ['limit', 'unused_for_days', 'q', 'after', 'scope', 'redirect_host', 'grant']) {
        const query = new URLSearchParams({ [name]: value });
        const started = Date.now();
        const answer = await send(person, 'GET', `${stage.issuer}/console/t/default/clients?${query}`);
        assert.ok([200, 400].includes(answer.status), `${query} ${answer.status}`);
        const rows = (answer.text.match(/<tr role="row">/g) ?? []).length;
        assert.ok(rows <= 41, `${query} ${rows}`);
        assert.ok(Date.now() - started < 2000, `${query}`);
      }
    }
  },

  async sec_211_a_page_goes_on_where_its_own_list_did(stage) {
    const person = await operator(stage, 'otto');
    const next = async (path) => {
      const { text } = await send(person, 'GET', `${stage.issuer}/console/t/${path}`);
      return new URL(/id="next" href="([^"]+)"/.exec(text)[1].replaceAll('&#38;', '&'), stage.issuer).searchParams.get('after');
    };
    const after = await next('crowd/clients');
    const status = async (path) => (await send(person, 'GET', `${stage.issuer}/console/t/${path}`)).status;
    assert.equal(await status(`crowd/clients?after=${after}`), 200);
    const flipped = after.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
    for (const path of [
      `crowd/clients?after=${flipped}`,
      `crowd/clients?after=${after}x`,
      `crowd/clients?q=many&after=${after}`,
      `crowd/users?after=${after}`,
      `acme/clients?after=${after}`,
      'crowd/clients?after=many-001',
      `crowd/clients?after=${encodeURIComponent("' OR 1=1 --")}`,
    ]) {
      assert.equal(await status(path), 400, path);
    }
  },
};

// Nothing in the page that is not the console's own.
async function harmless(page, what) {
  const strange = await page.evaluate(() => {
    const own = new Set(
      ('a article body br button caption code datalist dd del desc details div dl dt fieldset form h1 h2 h3 head header ' +
        'html input ins label legend li line link main meta nav ol optgroup option p path pre rect script section select ' +
        'span strong summary svg table tbody td text textarea th thead time title tr ul').split(' '),
    );
    const faults = [];
    for (const element of document.querySelectorAll('*')) {
      if (!own.has(element.localName)) faults.push(element.outerHTML);
      for (const { name } of element.attributes) if (/^on|^style$|^srcdoc$/.test(name)) faults.push(element.outerHTML);
      if (element.localName === 'script' && !element.src.startsWith(location.origin)) faults.push(element.outerHTML);
    }
    return faults;
  });
  assert.deepEqual(strange, [], what);
}
