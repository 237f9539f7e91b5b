// Forms that no page of ours sent, or that were shown to somebody else.
'use strict';

const assert = require('assert/strict');
const { posts, submits } = require('../forms');
const { APP, PASSWORD, claims, random } = require('../stage');

module.exports = {
  // Forms of other pages: of another site, of another server on our own host, and of none.
  async sec_194_forms_of_other_pages_are_refused(stage) {
    const victim = await stage.person();
    const { page } = victim;
    const request = stage.request({ scope: 'openid profile', prompt: 'consent' });
    const device = await stage.device();
    await stage.account(page, 'edsger');
    const csrf = await page.inputValue('[name=csrf]');
    await page.goto(request.url);
    const consent = page.url();
    await page.goto(device.verification_uri_complete);
    await page.click('#continue');
    await page.waitForSelector('#consent-allow');
    const approval = page.url();
    await page.goto(`${stage.issuer}/oauth2/logout`);
    const logout = page.url();
    const account = `${stage.issuer}/account`;
    const change = { password: PASSWORD, new_password: 'taken over', new_password_again: 'taken over' };
    const forms = [
      [consent, { action: 'allow' }],
      [approval, { action: 'allow' }],
      [device.verification_uri, { user_code: device.user_code, action: 'continue' }],
      [logout, { action: 'logout' }],
      [account, { action: 'sign-out' }],
      [account, { action: 'revoke', client_id: APP.id }],
      [account, { action: 'change-password', ...change }],
      [account, { action: 'end-session', session: 'x' }],
    ];
    const forged = async (site, url, fields, encoding) =>
      submits(stage, page, site, url, { ...fields, csrf }, encoding);
    for (const [url, fields] of forms) {
      for (const site of [stage.evil, stage.neighbour, stage.client.site('below.as.localhost')]) {
        assert.equal(await forged(site, url, fields), 403, `${url} from ${site}`);
      }
      // Those that need no leave of ours to be sent, whatever is in them.
      for (const encoding of ['text/plain', 'multipart/form-data']) {
        const status = await forged(stage.neighbour, url, fields, encoding);
        assert.ok([400, 403, 415].includes(status), `${status} ${url} ${encoding}`);
      }
      // Even from a page of ours: without its token, or with another page's.
      await page.goto(stage.request({ prompt: 'consent' }).url);
      for (const token of ['', 'x', csrf]) {
        if (token === csrf && url === account) continue;
        assert.equal(await posts(page, url, { ...fields, csrf: token }), 403, url);
      }
    }
    await unchanged(stage, page, request, device, 'edsger');
  },

  // Nor does a link do anything but show a page.
  async sec_194_links_change_nothing(stage) {
    const { page } = await stage.person();
    const device = await stage.device();
    const request = stage.request({ scope: 'openid profile', prompt: 'consent' });
    await stage.account(page, 'frances');
    const csrf = await page.inputValue('[name=csrf]');
    await page.goto(request.url);
    const consent = page.url();
    await page.goto(`${stage.issuer}/oauth2/logout`);
    const logout = page.url();
    const change = { password: PASSWORD, new_password: 'taken over', new_password_again: 'taken over' };
    for (const [url, fields] of [
      [consent, { action: 'allow' }],
      [logout, { action: 'logout' }],
      [`${stage.issuer}/oauth2/logout`, { action: 'logout' }],
      [`${stage.issuer}/oauth2/device`, { user_code: device.user_code, action: 'allow' }],
      [`${stage.issuer}/account`, { action: 'sign-out' }],
      [`${stage.issuer}/account`, { action: 'change-password', ...change }],
    ]) {
      await page.goto(`${url}?${new URLSearchParams({ ...fields, csrf, _method: 'POST' })}`);
    }
    await unchanged(stage, page, request, device, 'frances');
  },

  // Nobody is signed in to an account that is not theirs by somebody else's page.
  async sec_195_no_sign_in_from_another_page(stage) {
    const [mallory, victim] = [await stage.person(), await stage.person()];
    await mallory.page.goto(stage.request().url);
    const csrf = await mallory.page.inputValue('[name=csrf]');
    const own = mallory.page.url();
    await victim.page.goto(stage.request().url);
    const fields = { username: stage.named('donald'), password: PASSWORD, action: 'login', csrf };
    for (const url of [own, victim.page.url()]) {
      for (const site of [stage.evil, stage.neighbour]) {
        assert.equal(await submits(stage, victim.page, site, url, fields), 403);
      }
    }
    await victim.page.goto(`${stage.issuer}/account`);
    assert.equal(await victim.page.locator('#login').count(), 1);
    const cookies = await victim.context.cookies(stage.issuer);
    assert.equal(cookies.filter(({ name }) => name.includes('vidimus-session-')).length, 0);
  },

  // A page that one user was shown is nothing in the hands of the next, and nothing that it did not show
  // can be sent with it.
  async sec_207_a_consent_is_for_what_was_shown(stage) {
    const { page, context } = await stage.person();
    const request = stage.request({ scope: 'openid profile' });
    await page.goto(request.url);
    await stage.signIn(page, 'radia');
    await page.waitForSelector('#consent-allow');
    const other = await context.newPage();
    await other.goto(stage.request({ prompt: 'login' }).url);
    await other.goto(`${stage.issuer}/account`);
    await other.click('#sign-out');
    await stage.account(other, 'grace');
    const [answer] = await Promise.all([page.waitForNavigation(), page.click('#consent-allow')]);
    assert.equal(answer.status(), 403);
    assert.equal(await page.textContent('#error-code'), 'invalid_request');
    assert.deepEqual(stage.client.arrived('/cb', { state: request.state }), []);
    // With fields of its own making, in the right session.
    const forged = stage.request({ scope: 'openid' });
    await page.goto(forged.url);
    await page.waitForSelector('#consent-allow');
    await page.evaluate(
      (fields) => {
        for (const [name, value] of Object.entries(fields)) {
          const input = document.createElement('input');
          Object.assign(input, { type: 'hidden', name, value });
          document.forms[0].append(input);
        }
      },
      {
        scope: 'openid profile email offline_access',
        client_id: 'known',
        redirect_uri: `${stage.evil}/cb`,
        response_type: 'id_token',
        state: random(),
        flow: 'vfl_x',
        username: stage.named('radia'),
      },
    );
    await page.click('#consent-allow');
    const back = await stage.answer(forged);
    assert.equal(back.host, new URL(stage.rp).host);
    const tokens = await stage.tokens(back);
    assert.equal(tokens.scope, 'openid');
    assert.equal(claims(tokens.id_token).aud, APP.id);
  },
};

// Still signed in, nothing allowed, the password as it was.
async function unchanged(stage, page, request, device, user) {
  assert.deepEqual(stage.client.arrived('/cb', { state: request.state }), []);
  assert.equal((await device.poll()).error, 'authorization_pending');
  await page.goto(`${stage.issuer}/account`);
  await page.waitForSelector('#sign-out');
  const fresh = await stage.person();
  await stage.account(fresh.page, user);
}
