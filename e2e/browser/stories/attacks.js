// What somebody tries who wants into another's account: other sites, other browsers, planted cookies.
'use strict';

const assert = require('assert/strict');
const { posts } = require('../forms');
const { PASSWORD, claims } = require('../stage');

const HOSTILE = `"'><script>alert(1)</script><img src=x onerror=alert(2)>&amp;"`;

module.exports = {
  // Nobody is sent to a client that nobody has looked at, before it is clear who they are.
  async sec_010_no_way_round_the_sign_in_to_an_unknown_client(stage) {
    const { page } = await stage.person();
    const { id } = await stage.registers({ client_name: 'Anybody' });
    const base = { client_id: id, redirect_uri: `${stage.evil}/cb` };
    for (const more of [{ scope: 'no-such-scope' }, { response_type: 'no-such-type' }, { prompt: 'x' }]) {
      const request = stage.request({ ...base, ...more });
      await page.goto(request.url);
      assert.ok(page.url().startsWith(stage.issuer), page.url());
      const shown = await page.locator('#login, #error-code').count();
      assert.equal(shown, 1);
      assert.deepEqual(stage.client.arrived('/cb', { state: request.state }), []);
    }
    // Asked not to ask, the answer may only be the client's own address.
    const silent = stage.request({ ...base, prompt: 'none' });
    await page.goto(silent.url);
    const [told] = stage.client.arrived('/cb', { state: silent.state });
    if (told) assert.equal(told.get('error'), 'login_required');
    const elsewhere = stage.request({ ...base, prompt: 'none', redirect_uri: `${stage.rp}/cb` });
    await page.goto(elsewhere.url);
    assert.equal(await page.textContent('#error-code'), 'invalid_request');
    assert.deepEqual(stage.client.arrived('/cb', { state: elsewhere.state }), []);
  },

  async sec_012_the_password_stays_here(stage) {
    for (const response_mode of ['query', 'fragment', 'form_post']) {
      const person = await stage.person();
      const { page } = person;
      // An address that nobody else is sent to: a fragment does not arrive, so the state tells nothing.
      const redirect_uri = `${stage.rp}/own`;
      const request = stage.request({ client_id: 'known', response_mode, redirect_uri });
      const from = stage.client.arrived('/own').length;
      await page.goto(request.url);
      await stage.signIn(page, 'donald');
      await page.waitForSelector('#client');
      const sent = person.exchanged.filter(({ method }) => method === 'POST');
      const status = response_mode === 'form_post' ? 200 : 303;
      assert.deepEqual(sent.map((exchange) => exchange.status), [status]);
      const arrived = stage.client.arrived('/own').slice(from);
      assert.equal(arrived.length, 1);
      assert.equal(arrived[0].method, response_mode === 'form_post' ? 'POST' : 'GET');
      if (response_mode !== 'form_post') assert.equal(arrived[0].body, '');
      const all = arrived.map(({ url, body, headers }) => `${url} ${body} ${JSON.stringify(headers)}`).join();
      for (const secret of ['horse', 'password', 'csrf', stage.named('donald')]) assert.ok(!all.includes(secret), all);
    }
  },

  async sec_023_form_post_is_the_client_s_alone(stage) {
    const person = await stage.person();
    const { page } = person;
    await stage.goes(page, stage.request(), { user: 'donald' });
    const states = [HOSTILE, '</form><form action=//evil.localhost>', "javascript:alert('x')", '\u2028</textarea>'];
    for (const state of states) {
      const request = stage.request({ response_mode: 'form_post', state });
      await page.goto(request.url);
      await page.waitForSelector('#client');
      const answer = await stage.answer(request);
      assert.equal(answer.method, 'POST');
      assert.equal(answer.sent.get('state'), state);
      assert.equal(answer.host, new URL(stage.rp).host);
      const { headers } = person.shown.at(-1);
      const policy = headers['content-security-policy'].split('; ');
      assert.ok(policy.includes("default-src 'none'"));
      assert.ok(policy.includes(`form-action ${stage.rp}`), `${policy}`);
      assert.match(policy.find((one) => one.startsWith('script-src')), /^script-src 'sha256-[\w+/]+='$/);
    }
    // Where it goes is what was registered, in every letter.
    for (const end of ['"><script>alert(1)</script>', '?x="onfocus=alert(1)', '/../evil', '#x', '%00']) {
      const redirect_uri = `${stage.rp}/cb${end}`;
      const request = stage.request({ response_mode: 'form_post', redirect_uri });
      await page.goto(request.url);
      assert.equal(await page.textContent('#error-code'), 'invalid_request');
    }
    assert.deepEqual(person.executed, []);
  },

  // A link to the middle of a flow is worth nothing in another browser, whoever follows it.
  async sec_029_a_step_is_its_browser_s(stage) {
    const [mallory, victim] = [await stage.person(), await stage.person()];
    const { page } = mallory;
    const steps = [];
    const step = async () => steps.push([page.url(), await page.inputValue('[name=csrf]')]);
    const request = stage.request({ prompt: 'login consent' });
    await page.goto(request.url);
    await step();
    await stage.signIn(page, 'donald');
    await page.waitForSelector('#consent-allow');
    await step();
    await page.goto(stage.request({ prompt: 'select_account' }).url);
    await step();
    const device = await stage.device();
    await page.goto(device.verification_uri_complete);
    await page.click('#continue');
    await page.waitForSelector('#consent-allow');
    await step();
    await page.goto(`${stage.issuer}/oauth2/logout`);
    await step();
    await page.click('#logout-confirm');
    await page.goto(`${stage.issuer}/account`);
    await step();
    assert.equal(new Set(steps.map(([url]) => url)).size >= 5, true);
    await stage.account(victim.page, 'ada');
    const fields = { username: stage.named('ada'), password: PASSWORD };
    for (const [url, csrf] of steps) {
      assert.match(url, /\/vfl_/);
      const answer = await victim.page.goto(url);
      assert.equal(answer.status(), 400, url);
      assert.equal(await victim.page.textContent('#error-code'), 'invalid_request');
      for (const action of ['login', 'allow', 'logout']) {
        assert.equal(await posts(victim.page, url, { ...fields, csrf, action }), 400);
      }
    }
    assert.deepEqual(stage.client.arrived('/cb', { state: request.state }), []);
    assert.equal((await device.poll()).error, 'authorization_pending');
  },

  // What was in the browser before somebody signed in is worth nothing afterwards.
  async sec_193_no_session_is_fixed_beforehand(stage) {
    const [mallory, victim] = [await stage.person(), await stage.person()];
    const handles = async ({ context }) => {
      const cookies = await context.cookies(stage.issuer);
      return cookies.find(({ name }) => name.includes('vidimus-session-'))?.value;
    };
    await mallory.page.goto(stage.request().url);
    const planted = await mallory.context.cookies(stage.issuer);
    await victim.context.addCookies(planted);
    // From below, too: a neighbour cannot name a cookie as ours are named.
    const [{ name }] = planted;
    const sets = `document.cookie='${name}=x; Secure; Path=/; Domain=as.localhost';
      document.cookie='${name.replace('__Host-', '')}=x; Secure; Path=/; Domain=as.localhost';`;
    const below = stage.client.site('below.as.localhost');
    await victim.page.goto(stage.client.shows(below, `<title>x</title><script>${sets}</script>`));
    const before = await victim.context.cookies(stage.issuer);
    assert.equal(before.filter((cookie) => cookie.name === name && cookie.value === 'x').length, 0);
    await stage.account(victim.page, 'alan');
    const first = await handles(victim);
    // Whoever planted the cookie is not signed in by that.
    await mallory.page.goto(`${stage.issuer}/account`);
    assert.equal(await mallory.page.locator('#login').count(), 1);
    // To prove it once more is a new session; the old handle is none any more.
    const again = stage.request({ prompt: 'login' });
    await stage.goes(victim.page, again, { user: 'alan' });
    const second = await handles(victim);
    assert.notEqual(second, first);
    assert.equal(await signedInWith(stage, first), false);
    assert.equal(await signedInWith(stage, second), true);
    const alan = claims((await stage.tokens(await stage.answer(again))).id_token).sub;
    await victim.page.goto(`${stage.issuer}/account`);
    await victim.page.click('#sign-out');
    await victim.page.waitForSelector('.mark.good');
    assert.equal(await handles(victim), undefined);
    assert.equal(await signedInWith(stage, second), false);
    // The next user of the same browser is the next user to every client.
    const other = stage.request();
    const tokens = await stage.tokens(await stage.goes(victim.page, other, { user: 'barbara' }));
    assert.notEqual(claims(tokens.id_token).sub, alan);
    assert.notEqual(await handles(victim), second);
  },

  async sec_196_no_page_can_be_framed(stage) {
    const person = await stage.person();
    const { page } = person;
    await stage.account(page, 'ken');
    const device = await stage.device();
    const places = {
      consent: stage.request({ prompt: 'consent' }).url,
      sign_in: stage.request({ prompt: 'login' }).url,
      choose: stage.request({ prompt: 'select_account' }).url,
      failure: stage.request({ redirect_uri: `${stage.evil}/cb` }).url,
      account: `${stage.issuer}/account`,
      device: device.verification_uri_complete,
      logout: `${stage.issuer}/oauth2/logout`,
      nowhere: `${stage.issuer}/oauth2/authorize/vfl_x`,
      form_post: stage.request({ client_id: 'known', response_mode: 'form_post' }).url,
    };
    person.expectsComplaints = true;
    for (const [what, url] of Object.entries(places)) {
      for (const site of [stage.evil, stage.neighbour]) {
        await page.goto(stage.client.shows(site, `<!doctype html><title>x</title><iframe src="${url}"></iframe>`));
        const [, frame] = page.frames();
        await frame.waitForLoadState();
        assert.equal(frame.url(), 'chrome-error://chromewebdata/', what);
      }
    }
    const refused = person.complaints.filter((text) => /frame-ancestors|X-Frame-Options/.test(text));
    assert.equal(refused.length, 2 * Object.keys(places).length);
    assert.ok(person.shown.length >= refused.length);
  },

  async sec_200_cookies_are_ours_alone(stage) {
    const { page, context } = await stage.person();
    await stage.goes(page, stage.request(), { user: 'ken' });
    await page.goto(`${stage.issuer}/account`);
    const cookies = await context.cookies(stage.issuer);
    const kinds = cookies.map(({ name }) => name.match(/^__Host-vidimus-(\w+)-\w+$/)?.[1]);
    assert.deepEqual(kinds.sort(), ['browser', 'device', 'session', 'state']);
    for (const { name, value, domain, path, secure, httpOnly, sameSite } of cookies) {
      const isState = name.includes('-state-');
      assert.equal(domain, 'as.localhost');
      assert.deepEqual([path, secure, httpOnly], ['/', true, !isState], name);
      assert.equal(sameSite, isState ? 'None' : 'Lax');
      // 128 bits are 22 letters.
      assert.match(value, /^[\w~-]{22,}$/);
      const plain = Buffer.from(value, 'base64').toString('latin1') + value;
      for (const word of ['Thompson', '@example', 'openid', 'localhost']) {
        assert.ok(!plain.includes(word), `${name} tells ${word}`);
      }
    }
    const seen = await page.evaluate(() => document.cookie);
    assert.match(seen, /^__Host-vidimus-state-\w+=[\w-]+$/);
    const again = await context.cookies(stage.neighbour);
    assert.equal(again.length, cookies.length, 'a host is a host, whatever the port');
    assert.deepEqual(await context.cookies(stage.client.site('below.as.localhost')), []);
  },

};

// Whether a handle, in a browser that has nothing else, is a session.
async function signedInWith(stage, value) {
  const thief = await stage.person();
  await thief.page.goto(stage.request().url);
  const [{ name }] = await thief.context.cookies(stage.issuer);
  const session = name.replace('vidimus-browser-', 'vidimus-session-');
  await thief.context.addCookies([{ name: session, value, url: stage.issuer, secure: true, sameSite: 'Lax' }]);
  await thief.page.goto(`${stage.issuer}/account`);
  return (await thief.page.locator('#sign-out').count()) === 1;
}
