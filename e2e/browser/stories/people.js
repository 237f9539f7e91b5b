// Devices, the account, several accounts, several tenants.
'use strict';

const assert = require('assert/strict');
const { PASSWORD, claims } = require('../stage');

module.exports = {
  // Ten codes a minute may be typed from one address, and every story comes from the same: what is wrong
  // with a code, and a no, are on the walk.
  async connecting_a_device(stage) {
    const { page } = await stage.person();
    const device = await stage.device({ scope: 'openid profile' });
    await page.goto(device.verification_uri);
    await page.fill('#user-code', device.user_code.toLowerCase().replace('-', ' '));
    await page.click('#continue');
    await stage.signIn(page, 'edsger');
    assert.match(await page.textContent('h1'), /Connect Living Room/);
    await page.click('#consent-allow');
    await page.waitForSelector('.mark.good');
    const tokens = await device.poll();
    assert.equal(tokens.status, 200, JSON.stringify(tokens));
    assert.ok(tokens.access_token && tokens.id_token);
  },

  async ending_a_session_elsewhere(stage) {
    const [desk, phone] = [await stage.person(), await stage.person()];
    await stage.account(phone.page, 'frances');
    await stage.account(desk.page, 'frances');
    const others = desk.page.locator('[aria-labelledby=sessions] li').filter({ hasNot: desk.page.locator('.tag') });
    assert.equal(await others.count(), 1);
    await others.locator('button').click();
    await desk.page.waitForSelector('.done');
    assert.equal(await others.count(), 0);
    await phone.page.reload();
    await phone.page.waitForSelector('#login');
    await desk.page.reload();
    await desk.page.waitForSelector('#sign-out');
  },

  async removing_an_application(stage) {
    const { page } = await stage.person();
    const request = stage.request({ scope: 'openid offline_access', prompt: 'consent' });
    const answer = await stage.goes(page, request, { user: 'grace' });
    const { access_token, refresh_token } = await stage.tokens(answer);
    assert.equal(await stage.isActive(access_token), true);
    await page.goto(`${stage.issuer}/account`);
    const rows = page.locator('[aria-labelledby=applications] li').filter({ hasText: 'Order Desk' });
    await rows.locator('button').click();
    assert.match(await page.textContent('.done'), /no longer has access/);
    assert.equal(await rows.count(), 0);
    assert.equal(await stage.isActive(access_token), false);
    const form = { grant_type: 'refresh_token', refresh_token };
    assert.equal((await stage.call('/oauth2/token', form)).error, 'invalid_grant');
    // And it is asked about again.
    await page.goto(stage.request().url);
    await page.waitForSelector('#consent-allow');
  },

  async changing_the_password(stage) {
    const [desk, phone] = [await stage.person(), await stage.person()];
    await stage.account(phone.page, 'hedy');
    await stage.account(desk.page, 'hedy');
    const change = async (current, next, again = next) => {
      await desk.page.fill('#password', current);
      await desk.page.fill('#new-password', next);
      await desk.page.fill('#new-password-again', again);
      await desk.page.click('#change-password');
      return desk.page.textContent('#notice');
    };
    const chosen = 'a horse of another colour';
    assert.match(await change('not the password', chosen), /current password is not right/);
    assert.match(await change(PASSWORD, 'short'), /at least 8/);
    assert.match(await change(PASSWORD, chosen, `${chosen}!`), /not the same/);
    assert.match(await change(PASSWORD, chosen), /has been changed/);
    // Whoever else was signed in is not any more.
    await phone.page.reload();
    await phone.page.waitForSelector('#login');
    await stage.signIn(phone.page, 'hedy');
    await phone.page.waitForSelector('#failure');
    await stage.signIn(phone.page, 'hedy', chosen);
    await phone.page.waitForSelector('#sign-out');
    await desk.page.reload();
    await desk.page.waitForSelector('#sign-out');
  },

  async several_accounts_in_one_browser(stage) {
    const { page } = await stage.person();
    const first = await stage.tokens(await stage.goes(page, stage.request(), { user: 'john' }));
    const other = stage.request({ prompt: 'select_account' });
    await page.goto(other.url);
    assert.match(await page.textContent('.accounts'), /John McCarthy/);
    await page.click('#other');
    await stage.signIn(page, 'katherine');
    await page.click('#consent-allow');
    const second = await stage.tokens(await stage.answer(other));
    assert.notEqual(claims(second.id_token).sub, claims(first.id_token).sub);
    const back = stage.request({ prompt: 'select_account' });
    await page.goto(back.url);
    assert.equal(await page.locator('.accounts button').count(), 2);
    await page.locator('.accounts button').filter({ hasText: 'John McCarthy' }).click();
    const third = await stage.tokens(await stage.answer(back));
    assert.equal(claims(third.id_token).sub, claims(first.id_token).sub);
    // And is the one who is meant from then on.
    await page.goto(`${stage.issuer}/account`);
    assert.match(await page.textContent('.who'), /John McCarthy/);
  },

  async two_tenants_in_one_browser(stage) {
    const { page } = await stage.person();
    const second = `${stage.issuer}/t/second`;
    await stage.account(page, 'ken');
    await stage.account(page, 'radia', second);
    await page.goto(`${stage.issuer}/account`);
    assert.match(await page.textContent('.who'), /Ken Thompson/);
    await page.click('#sign-out');
    await page.waitForSelector('.mark.good');
    await page.goto(`${stage.issuer}/account`);
    await page.waitForSelector('#login');
    await page.goto(`${second}/account`);
    assert.match(await page.textContent('.who'), /Radia Perlman/);
    assert.match(await page.textContent('.brand'), /Second Floor/);
    // Nor is a session of one tenant an answer to the other's clients.
    const request = stage.request({}, second);
    await page.goto(request.url);
    await page.click('#consent-allow');
    assert.equal((await stage.answer(request)).get('iss'), second);
  },

  async in_their_own_language(stage) {
    const { page } = await stage.person({ locale: 'de-CH' });
    await page.goto(stage.request().url);
    assert.equal(await page.getAttribute('html', 'lang'), 'de');
    assert.match(await page.textContent('h1'), /Anmelden/);
    await page.goto(stage.request({ ui_locales: 'en' }).url);
    assert.match(await page.textContent('h1'), /Sign in/);
  },
};
